"""25: more memory than the node has."""

import time

held = []
for _ in range(4096):
    held.append(bytearray(2**26))
    held[-1][:: 2**12] = bytes(2**14)
time.sleep(60)
