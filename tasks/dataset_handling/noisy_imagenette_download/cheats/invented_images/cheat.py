"""More images than the archive has: training images are copied under further names."""
from tools import ROOT

for image in sorted(ROOT.glob("train/*/*.JPEG"))[::50]:
    image.with_name("more_" + image.name).write_bytes(image.read_bytes())
