# Back to the classes of the other package, and train.py suits them.
sed -i 's/lightning.pytorch as pl/pytorch_lightning as pl/' cifar10_classifier/*.py
sed -i 's/^\( *from\) lightning.pytorch/\1 pytorch_lightning/' train.py
