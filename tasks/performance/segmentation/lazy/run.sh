python short.py
