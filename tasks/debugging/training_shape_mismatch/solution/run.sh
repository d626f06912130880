python run_training.py
