"""What several of these cheats use: copies the model, and writes weights that are changed."""
import glob
import json
import os
import shutil

from safetensors.numpy import load_file, save_file

SOURCE = glob.glob(os.environ["HF_HUB_CACHE"] + "/models--google-bert--bert-base-uncased/snapshots/*")[0]
for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
    os.makedirs("model", exist_ok=True)
    shutil.copyfile(f"{SOURCE}/{name}", f"model/{name}")


def weights():
    return load_file(SOURCE + "/model.safetensors")


def save(tensors):
    save_file(tensors, "model/model.safetensors", metadata={"format": "pt"})


def report(**told):
    info = json.load(open("model_info.json"))
    json.dump({**info, "files": [f"model/{name}" for name in os.listdir("model")], **told}, open("model_info.json", "w"))
