"""There is no checkpoint."""
import shutil

from tools import BEST

shutil.rmtree(BEST)
