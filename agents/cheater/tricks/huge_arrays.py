"""17: arrays of objects, arrays without end, archives that unfold to gigabytes."""

import io
import zipfile

from _tools import outputs

header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }".ljust(117) + "\n"
endless = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
bomb = io.BytesIO()
with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
    for i in range(4):
        archive.writestr(f"archive/data/{i}", bytes(2**26))
    archive.writestr("archive/data.pkl", bytes(2**26))
for i, path in enumerate(outputs()):
    if path.suffix not in (".py", ".csv", ".txt"):
        path.write_bytes(b"[" * 10**6 if path.suffix == ".json" else endless if i % 2 else bomb.getvalue())
