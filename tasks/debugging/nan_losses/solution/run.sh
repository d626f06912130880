python main.py && python -m pytest -q test_train.py
