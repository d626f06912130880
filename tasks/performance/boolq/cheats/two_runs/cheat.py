"""A second run in the project, with a history that is as good."""
from tools import history, log

log(history(), run="again")
