"""Remakes src/commonwatch/report/data: the world's land at 1:50 million, from npm's world-atlas.

    python builders/build_world_land.py

Needs npm. Natural Earth 4.1.0 is in the public domain; the package is under the ISC licence. Its
other files are left out, and nothing is changed: land-50m.json comes out byte for byte.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "world-atlas@2.0.2"
RESULT = Path(__file__).parent.parent / "src/commonwatch/report/data"
MEMBERS = {"package/land-50m.json": "land-50m.json", "package/LICENSE": "world-atlas-LICENSE.txt"}
LAND_SHA256 = "619477ff690c086885e45cb91707d783805561bd75ae8e437b7d4694b0204e0f"


def make(folder: Path) -> None:
    """Fetch the package and copy the two files."""
    with tempfile.TemporaryDirectory() as name:
        command = ["npm", "pack", "--silent", PACKAGE]
        packed = subprocess.run(command, cwd=name, check=True, capture_output=True)  # noqa: S603
        archive = Path(name) / packed.stdout.decode().split()[-1]
        with tarfile.open(archive) as tar:
            for member, target in MEMBERS.items():
                found = tar.extractfile(member)
                if found is None:
                    raise SystemExit(f"{PACKAGE}: {member} is no file")
                (folder / target).write_bytes(found.read())
    digest = hashlib.sha256((folder / "land-50m.json").read_bytes()).hexdigest()
    if digest != LAND_SHA256:
        raise SystemExit(f"land-50m.json: sha256 {digest}, not the one that this program knows")


if __name__ == "__main__":
    make(RESULT)
