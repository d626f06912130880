"""Claims more than the network reaches."""
from tools import report

report(mean_iou=0.97)
