"""The same model twice; the report is honest."""
from tools import untrain

untrain()
