sed -i 's/elif line and not STAMPED/elif line.startswith("The above exception"):\n            break\n        elif line and not STAMPED/' analyse.py && python analyse.py
