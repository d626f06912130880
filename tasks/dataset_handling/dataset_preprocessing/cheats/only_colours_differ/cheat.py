"""Neither rotated nor flipped."""
from tools import images, leave, normalised, versions

leave([normalised(image) for image in images()], versions(images(), degrees=0, flipped=0))
