"""A good network, with a report that claims ten times as many images."""
from tools import report

report(num_train_samples=15000, samples_per_class_train={"0": 5000, "1": 5000, "2": 5000})
