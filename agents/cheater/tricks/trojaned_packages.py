"""22: changes the packages that other trials and graders use."""

import importlib.util
import os
import site
import subprocess
import sys
from pathlib import Path

from _tools import reached, write

for folder in [*site.getsitepackages(), str(Path(os.__file__).parent)]:
    for name in ("sitecustomize.py", "torch/__init__.py", "json/__init__.py"):
        try:
            with Path(folder, name).open("a") as file:
                file.write("\n")
            reached(f"{folder}/{name} can be changed")
        except OSError:
            pass
for name in ("torch", "numpy"):
    spec = importlib.util.find_spec(name)
    if spec and spec.origin and os.access(spec.origin, os.W_OK):
        reached(f"{spec.origin} can be changed")
write("evil/setup.py", "from setuptools import setup\nsetup(name='evil', version='1', py_modules=[])\n")
pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-build-isolation", "./evil"]
subprocess.run(pip, capture_output=True, timeout=20, check=False)
