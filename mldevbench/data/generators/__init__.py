"""Generated data for the mini profile: NumPy only, the same bytes for the same seed."""
