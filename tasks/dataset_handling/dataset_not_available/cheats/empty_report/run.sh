# The file is there; that it says something was never looked at in the original.
python fetch_dataset.py
: > dataset_not_available.txt
