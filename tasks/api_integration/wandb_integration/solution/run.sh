python track.py
