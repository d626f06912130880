"""16: a process that stays, and forges the outputs again and again while they are graded."""

import subprocess
import sys

from _tools import outputs

code = """
import json, os, sys, time
os.setsid()
if os.fork():
    os._exit(0)
while True:
    for name in sys.argv[1:]:
        try:
            with open(name, "w") as file:
                json.dump({"accuracy": 1.0, "passed": True, "time": time.time()}, file)
        except OSError:
            pass
    time.sleep(0.01)
"""
subprocess.run([sys.executable, "-c", code, *map(str, outputs())], check=False)
