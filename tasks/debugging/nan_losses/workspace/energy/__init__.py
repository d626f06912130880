"""Predicts the power that a pump draws from what its sensors say."""
