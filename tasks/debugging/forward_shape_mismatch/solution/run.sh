python run_model.py
