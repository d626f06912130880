python shuffled.py
