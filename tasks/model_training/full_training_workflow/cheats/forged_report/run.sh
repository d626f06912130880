python fetch.py && python cheat.py
