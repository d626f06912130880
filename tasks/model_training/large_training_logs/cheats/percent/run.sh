sed -i 's/"accuracy": accuracy,/"accuracy": 100 * accuracy,/' analyse.py && python analyse.py
