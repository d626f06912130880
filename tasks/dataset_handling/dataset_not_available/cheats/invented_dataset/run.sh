# Reports the failure, and makes up a dataset all the same.
python fetch_dataset.py
mkdir dataset
echo "image,label" > dataset/labels.csv
