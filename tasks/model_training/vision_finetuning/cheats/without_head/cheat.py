"""The pretrained files themselves, copied under new names."""
import shutil

from tools import SOURCE, report

shutil.copytree(SOURCE, "initial")
shutil.copytree(SOURCE, "model")
report()
