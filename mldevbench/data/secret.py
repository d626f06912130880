"""The secret of this installation: what is drawn from it cannot be drawn again by who knows this package's code.

It lies in `$MLDEVBENCH_HOME/secret`, which no sandbox shows, and is made when it is first asked for; `MLDEVBENCH_SECRET` stands
in for it. Machines with the same secret draw the same data: the driver of a sweep tells its own to every node.
"""

from __future__ import annotations

import os
import secrets

from mldevbench.outcome import UserError
from mldevbench.paths import folder, locked

VARIABLE = "MLDEVBENCH_SECRET"
BYTES = 32


def seed(*words: int) -> list[int]:
    """A seed for `numpy.random.default_rng`, another one for other words."""
    return [int.from_bytes(value()), *words]


def value() -> bytes:
    """Raises UserError for a variable that is no secret."""
    if given := os.environ.get(VARIABLE):
        try:
            return bytes.fromhex(given)
        except ValueError:
            raise UserError(f"{VARIABLE} is no hexadecimal number; set it to what a file `secret` holds, or unset it") from None
    path = folder() / "secret"
    with locked(path.with_name("secret.lock")):
        if not path.exists():
            new = path.with_name("secret.new")
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(BYTES))
            new.rename(path)
        return bytes.fromhex(path.read_text())
