"""The first ten images of the other split."""
from tools import images, leave, normalised, versions

pictures = images("test_batch")
leave([normalised(picture) for picture in pictures], versions(pictures))
