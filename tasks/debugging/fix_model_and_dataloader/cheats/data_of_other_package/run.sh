sed -i 's/lightning.pytorch as pl/pytorch_lightning as pl/' cifar10_classifier/data.py
