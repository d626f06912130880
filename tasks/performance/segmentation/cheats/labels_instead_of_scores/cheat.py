"""Answers with one label a pixel."""
from tools import add_code

add_code("""
scores = UNet.forward
UNet.forward = lambda self, pixels: scores(self, pixels).argmax(1)
""")
