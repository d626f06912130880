"""One version of each image twice, and another one."""
from tools import images, leave, normalised, versions

leave([normalised(image) for image in images()], [[one, one, other] for one, other, _ in versions(images())])
