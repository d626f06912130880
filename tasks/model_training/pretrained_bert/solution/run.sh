python save_model.py
