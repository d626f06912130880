"""Reports on the training images."""
from model import build_model
from tools import report, save

save(build_model().state_dict())
report(image_set="train")
