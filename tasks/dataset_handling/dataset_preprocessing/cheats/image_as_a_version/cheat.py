"""Two versions and the image itself under its plain name, which the original counted as a third."""
import shutil

from tools import AUGMENTED, PREPROCESSED, images, leave, normalised, versions

leave([normalised(image) for image in images()], versions(images()))
for path in PREPROCESSED.iterdir():
    shutil.copy(path, AUGMENTED)
    (AUGMENTED / f"{path.stem}_v3.npy").unlink()
