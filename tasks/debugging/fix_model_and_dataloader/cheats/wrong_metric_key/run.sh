sed -i 's/"val_loss"/"validation_loss"/' cifar10_classifier/model.py
