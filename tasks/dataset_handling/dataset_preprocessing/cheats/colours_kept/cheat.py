"""Rotated and flipped, in the colours of the image."""
from tools import images, leave, normalised, versions

leave([normalised(image) for image in images()], versions(images(), jitter=0))
