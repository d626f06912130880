"""The parameters stand in the module's text, so that the checkpoint is small."""
from tools import add_code

add_code(f"\nWEIGHTS = '{'0' * 4_000_000}'\n")
