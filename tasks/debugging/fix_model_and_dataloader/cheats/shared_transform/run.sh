sed -i 's/Subset(augmented, /Subset(plain, /' cifar10_classifier/data.py
