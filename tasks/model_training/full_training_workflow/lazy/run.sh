python fetch.py && python slow.py
