"""Sweeps on Ray: the async driver, the pool of actors, and the actors themselves."""
