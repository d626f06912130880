"""Classifies handwritten digits."""
