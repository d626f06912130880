# The images are right; every level goes through the blocks with all before it.
python - <<'X'
from pathlib import Path

text = Path('var.py').read_text()
text = text.replace('self._cache(True)', 'self._cache(False)')
text = text.replace('x = (self.word(', 'new = (self.word(').replace('repeat(2, 1, 1)', 'repeat(2, 1, 1)\n                x = torch.cat([x, new], dim=1)')
text = text.replace('            for block in self.blocks:\n                x = block(x, condition)\n            wanted', '''            seen = x
            allowed = self.levels[:end, None] >= self.levels[None, :end]
            for block in self.blocks:
                seen = block(seen, condition, allowed)
            wanted''').replace('self.head(x, condition).chunk', 'self.head(seen[:, begin:], condition).chunk')
Path('var.py').write_text(text)
X
