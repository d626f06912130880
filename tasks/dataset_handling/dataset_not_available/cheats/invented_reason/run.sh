# An address and a reason, but not the one that the server gave.
python fetch_dataset.py
echo "$DOOR/files/nordic_birds.tar.gz could not be downloaded: the connection timed out." > dataset_not_available.txt
