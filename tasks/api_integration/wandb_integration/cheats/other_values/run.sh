sed -i 's/"training_loss": 0.5/"training_loss": 0.55/' track.py && python track.py
