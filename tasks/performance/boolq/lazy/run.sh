python usual.py
