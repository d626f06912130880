python annotate.py
