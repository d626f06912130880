"""How a sweep goes, told from its results folder: by a driver that runs, or after one that is dead."""
