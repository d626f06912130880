"""The model is right; the report has words for numbers, and names one file only."""
from copied import report

report(files=["model/config.json"], hidden_size="32", num_attention_heads="2", num_hidden_layers=2.0, vocab_size=None)
