"""The folders are links to elsewhere."""
from tools import AUGMENTED, PREPROCESSED, images, leave, normalised, versions

leave([normalised(image) for image in images()], versions(images()))
for folder in (PREPROCESSED, AUGMENTED):
    folder.rename(f"real_{folder}")
    folder.symlink_to(f"real_{folder}")
