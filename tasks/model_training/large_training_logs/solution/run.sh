python analyse.py
