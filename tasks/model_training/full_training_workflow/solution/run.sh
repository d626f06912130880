python fetch.py && python train.py
