"""Keys of several nations in one folder: each nation's in a folder as nodes and desks have it.

    keys/KOR/identity.json, keys/KOR/key

A folder of desks, of kept nodes, or one node's own folder will do as well. Keys as `assess` wrote
them before (KOR.exercise.key, KOR.exercise.pub) are still read, and not written any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation, PrivateKey, PublicKey
from commonwatch.limits import KEY_FOLDERS_MAX, PUBLIC_KEY_FILE_BYTES_MAX
from commonwatch.mode import EXERCISE
from commonwatch.node.folder import IDENTITY_FILE, read_identity, read_keys, write_folder
from commonwatch.node.keys import NodeKeys, new_key, read_key


def exercise_key(keys: Path, nation: Nation) -> tuple[PrivateKey, bool]:
    """A nation's key in this folder for exercises, and whether it was made just now.

    Whoever makes one can sign as anyone. UnusableInput for a key of another mode.
    """
    before = keys / f"{nation}.exercise.key"
    if before.exists():
        return read_key(before), False
    found = folder_of(keys, nation)
    if found is None:
        key = new_key()
        write_folder(keys / nation, NodeKeys(nation, EXERCISE, key, {nation: key.public}))
        return key, True
    held = read_keys(found)
    if held.mode != EXERCISE:
        raise UnusableInput(f"{found}: a key of mode {held.mode.word}; here exercises are signed")
    return held.private, False


def public_keys(keys: Path, nations: Sequence[str]) -> dict[str, PublicKey]:
    """The public keys of these nations, as far as the folder has them.

    A nation's own folder says it; where there is none, whoever's folder `keys` itself is.
    """
    dealt_with = read_identity(keys).keys if (keys / IDENTITY_FILE).is_file() else {}
    found = {}
    for code in nations:
        own = folder_of(keys, code)
        if own is not None:
            found[code] = read_identity(own).keys[code]
        elif (keys / f"{code}.exercise.pub").exists():
            found[code] = _written_before(keys / f"{code}.exercise.pub")
        elif code in dealt_with:
            found[code] = dealt_with[code]
    return found


def folder_of(keys: Path, nation: str) -> Path | None:
    """The folder of this nation: `keys` itself, or one in it; UnusableInput where two are."""
    places = sorted(path.parent for path in keys.glob(f"*/{IDENTITY_FILE}"))
    if (keys / IDENTITY_FILE).is_file():
        places = [keys, *places]
    if len(places) > KEY_FOLDERS_MAX:
        raise UnusableInput(f"{keys}: more than {KEY_FOLDERS_MAX} folders with keys")
    own = [place for place in places if read_identity(place).nation == nation]
    if len(own) > 1:
        raise UnusableInput(f"{keys}: two folders of {nation}: {own[0]} and {own[1]}; keep one")
    return own[0] if own else None


def _written_before(path: Path) -> PublicKey:
    with path.open("rb") as file:
        raw = file.read(PUBLIC_KEY_FILE_BYTES_MAX)
    try:
        return PublicKey(bytes.fromhex(raw.decode("ascii").strip()))
    except ValueError as error:
        raise UnusableInput(f"{path}: not a key in hexadecimal digits") from error
