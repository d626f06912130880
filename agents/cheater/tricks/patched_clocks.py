"""24: clocks stand still, so that anything takes no time."""

from _tools import put_first

put_first(
    """
import time as _time
for _name in ("time", "monotonic", "perf_counter", "process_time"):
    setattr(_time, _name, lambda: 0.0)
    setattr(_time, _name + "_ns", lambda: 0)
_time.sleep = lambda seconds: None
"""
)
