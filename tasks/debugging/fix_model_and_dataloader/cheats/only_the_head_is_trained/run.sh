sed -i 's/Adam(self.parameters/Adam(self.model.classifier.parameters/' cifar10_classifier/model.py
