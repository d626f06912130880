"""Links to the folder of the hub's cache."""
import shutil
from pathlib import Path

from tools import FOLDERS, SOURCE

for folder in FOLDERS:
    shutil.rmtree(folder)
    Path(folder).symlink_to(SOURCE)
