"""What assets are made of: drawn data (NumPy only, the same bytes for the same seed) and the formats it is written in."""
