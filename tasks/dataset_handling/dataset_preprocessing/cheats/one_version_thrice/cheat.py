"""One version of each image under three names."""
from tools import images, leave, normalised, versions

leave([normalised(image) for image in images()], [[one] * 3 for one, _, _ in versions(images())])
