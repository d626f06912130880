"""Like symlinked_dataset, one level up."""
import shutil
from pathlib import Path

shutil.move("dataset", "elsewhere")
Path("dataset").symlink_to("elsewhere")
