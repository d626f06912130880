"""Right labels and counts, but only one image of each class and split is kept."""
from tools import ROOT

for folder in ROOT.glob("*/*/"):
    for image in sorted(folder.iterdir())[1:]:
        image.unlink()
