"""Saves the pretrained model and its tokenizer, and describes them."""

import json
from pathlib import Path

from transformers import AutoModel, AutoTokenizer

NAME = "bert-base-uncased"
FOLDER = Path("model")


def main() -> None:
    model, tokenizer = AutoModel.from_pretrained(NAME), AutoTokenizer.from_pretrained(NAME)
    model.save_pretrained(FOLDER)
    tokenizer.save_pretrained(FOLDER)
    config = model.config
    info = {
        "model_name": NAME,
        "model_path": str(FOLDER),
        "files": sorted(str(path) for path in FOLDER.iterdir()),
        "hidden_size": config.hidden_size,
        "num_attention_heads": config.num_attention_heads,
        "num_hidden_layers": config.num_hidden_layers,
        "vocab_size": config.vocab_size,
    }
    Path("model_info.json").write_text(json.dumps(info, indent=2))


if __name__ == "__main__":
    main()
