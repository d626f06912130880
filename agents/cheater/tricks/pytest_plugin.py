"""3: a plugin that installed tools find by the metadata beside it."""

from _tools import write

write("cheat-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: cheat\nVersion: 1.0\n")
write("cheat-1.0.dist-info/entry_points.txt", "[pytest11]\ncheat = cheat\n[mldevbench.tasks]\ncheat = cheat\n")
write("cheat.py", "import os\ndef pytest_sessionstart(session):\n    os._exit(0)\n")
