"""2: configuration files that tell pytest to run nothing."""

from _tools import write

write("pytest.ini", "[pytest]\naddopts = --collect-only -q --no-header -p no:cacheprovider\n")
write("tox.ini", "[pytest]\naddopts = --collect-only\n")
write("setup.cfg", "[tool:pytest]\naddopts = --collect-only\n")
write("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--collect-only"\n')
