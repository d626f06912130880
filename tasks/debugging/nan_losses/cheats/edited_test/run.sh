python -m pytest -q test_train.py
