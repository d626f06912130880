"""The versions are of other images than their names say."""
from tools import images, leave, normalised, versions

leave([normalised(image) for image in images()], versions(images()[::-1]))
