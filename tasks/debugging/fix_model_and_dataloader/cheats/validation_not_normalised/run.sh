sed -i 's/VALIDATION = .*/VALIDATION = transforms.ToTensor()/' cifar10_classifier/data.py
