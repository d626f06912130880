"""Says that it was evaluated on the training images."""
from tools import report

report(dataset_info={"year": "2012", "image_set": "train", "num_classes": 21})
