"""Counts only the parameters of the head."""
from tools import report, state

report("model", parameters=sum(value.size for name, value in state("model").items() if name.startswith("classifier")))
