python fetch_dataset.py
