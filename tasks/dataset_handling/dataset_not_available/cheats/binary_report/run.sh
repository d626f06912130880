# No text at all.
python fetch_dataset.py
head -c 1000 /dev/urandom > dataset_not_available.txt
