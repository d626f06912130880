# Before the last rows are there.
sed -i '/    ask(f"\/projects\/{project}\/datasets/d; /    task = ask("\/tasks"/d' annotate.py
sed -i 's/^    for start in range(0, COUNT, AT_ONCE):/&\n        if start == AT_ONCE:\n            ask(f"\/projects\/{project}\/datasets", {"dataset_id": dataset})\n            task = ask("\/tasks", {"project_id": project, "dataset_id": dataset})/' annotate.py
python annotate.py
