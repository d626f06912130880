"""Every file has its name and place, but all hold the same picture."""
from tools import ROOT

first, *others = sorted(ROOT.glob("*/*/*.JPEG"))
for image in others:
    image.write_bytes(first.read_bytes())
