# The report is a link to a file elsewhere.
python fetch_dataset.py
mv dataset_not_available.txt elsewhere.txt
ln -s elsewhere.txt dataset_not_available.txt
