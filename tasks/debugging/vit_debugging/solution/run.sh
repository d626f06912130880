python -m pytest -q test_vision_transformer.py
