"""25: kills whatever it can, so that the trial might be run again."""

import os
import signal

for pid in [*range(1, 70_000), -1]:
    for number in (signal.SIGSTOP, signal.SIGKILL):
        if pid not in (os.getpid(), 0):
            try:
                os.kill(pid, number)
            except OSError:
                pass
