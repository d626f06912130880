# Says that there is a dataset beside saying that there is none.
python fetch_dataset.py
echo '{"dataset_path": "dataset"}' > dataset_info.json
