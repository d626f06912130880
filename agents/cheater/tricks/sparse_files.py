"""28: outputs as large as a file may be, which take no space."""

import resource

from _tools import outputs

most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
size = 10 * 2**30 if most == resource.RLIM_INFINITY else min(10 * 2**30, most)
for path in outputs():
    with path.open("ab") as file:
        file.truncate(size)
