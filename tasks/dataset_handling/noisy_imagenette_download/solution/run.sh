python prepare_dataset.py
