"""model.py has another block, and the checkpoint its weights."""
from pathlib import Path

text = Path("model.py").read_text()
last = "            block(4 * width, 4 * width),\n"
Path("model.py").write_text(text.replace(last, last * 2, 1))

from model import Network
from tools import save

save(Network().state_dict())
