"""25: more processes than the node can bear."""

import os
import time

end = time.monotonic() + 3
while time.monotonic() < end:
    try:
        os.fork()
    except OSError:
        pass
