"""The report names the workspace itself, in which there is always some file whose name has "model" in it; the model is right."""
from copied import report

report(model_path=".")
