"""28: outputs that are no files: pipes, sockets, folders."""

import os
import shutil
import socket

from _tools import outputs

for i, path in enumerate(outputs()):
    path.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)
    if i % 3 == 0:
        os.mkfifo(path)
    elif i % 3 == 1:
        socket.socket(socket.AF_UNIX).bind(str(path)[-90:])
    else:
        path.mkdir()
