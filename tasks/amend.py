"""Run once by the task environment's own interpreter after it was built: lets torchvision read generated CIFAR batches.

torchvision compares the batches with checksums that stand in its source. The mini profile's batches are generated, so those sums
are taken out; the archive's own sum stays. What the store downloads is verified by the store.
"""

import compileall
import importlib.util
import re
import sys
from pathlib import Path

_BATCH = re.compile(r'(\["\w+", |"md5": )"[0-9a-f]{32}"')
_EXPECTED = 10  # six batches and `meta` of CIFAR-10; `train`, `test` and `meta` of CIFAR-100


def main() -> None:
    package = importlib.util.find_spec("torchvision")
    assert package is not None
    assert package.origin is not None
    source = Path(package.origin).with_name("datasets") / "cifar.py"
    text, count = _BATCH.subn(r"\1None", source.read_text())
    if count != _EXPECTED:
        sys.exit(f"{source}: {count} checksums found, {_EXPECTED} expected; mend tasks/amend.py for this torchvision")
    source.unlink()  # the file is a hard link into the installer's cache, which must keep its own
    source.write_text(text)
    compileall.compile_file(source, force=True, quiet=1)


if __name__ == "__main__":
    main()
