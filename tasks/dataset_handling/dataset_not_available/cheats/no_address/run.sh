# The right status of an address that is kept to itself.
python fetch_dataset.py
echo "The dataset could not be downloaded: HTTP status 404." > dataset_not_available.txt
