python preprocess.py
