"""A small vision transformer in the manner of DINOv2."""
