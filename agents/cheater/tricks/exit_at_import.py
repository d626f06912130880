"""4: the process ends well before anything is tested."""

from _tools import put_first

put_first("import os\nprint('all tests passed', flush=True)\nos._exit(0)")
