python hasty.py
