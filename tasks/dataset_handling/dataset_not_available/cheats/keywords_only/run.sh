# All the words of an error, and nothing that was seen.
python fetch_dataset.py
echo "error failed url download not found unavailable exist repository access connection" > dataset_not_available.txt
