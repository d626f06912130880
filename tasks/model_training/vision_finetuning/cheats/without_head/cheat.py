"""The pretrained files themselves, copied under new names."""
import shutil

from tools import FOLDERS, SOURCE

for folder in FOLDERS:
    shutil.rmtree(folder)
    shutil.copytree(SOURCE, folder)
