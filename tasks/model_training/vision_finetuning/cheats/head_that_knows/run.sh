python cheat.py
