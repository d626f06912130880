sed -i 's/train=True, transform=VALIDATION/train=True, transform=TRAINING/' cifar10_classifier/data.py
