python train.py && python cheat.py
