"""The best checkpoint is a link to a folder elsewhere."""
import os
import shutil

from tools import BEST

shutil.move(BEST, "elsewhere")
os.symlink("elsewhere", BEST)
