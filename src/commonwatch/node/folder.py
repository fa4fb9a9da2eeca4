"""A node's folder: its ledger, its key, and who it and its partners are."""

from __future__ import annotations

from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.identity import PublicKey, nation
from commonwatch.limits import IDENTITY_FILE_BYTES_MAX
from commonwatch.mode import EXERCISE, LIVE, TEST, Mode
from commonwatch.node.durable import replace_file
from commonwatch.node.keys import NodeKeys, read_key, write_key
from commonwatch.untrusted_json import decode_json

IDENTITY_FILE = "identity.json"
KEY_FILE = "key"
_MODES: dict[str, Mode] = {mode.word: mode for mode in (LIVE, EXERCISE, TEST)}


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who a node is, in which mode, and the public keys (hexadecimal) of all that it deals with."""

    nation: str
    mode: str
    public_keys: dict[str, str]

    @property
    def keys(self) -> dict[str, PublicKey]:
        """The public keys by nation."""
        return {code: PublicKey(bytes.fromhex(text)) for code, text in self.public_keys.items()}

    @property
    def node_mode(self) -> Mode:
        """The mode that the folder was made for; UnusableInput where there is no such mode."""
        mode = _MODES.get(self.mode)
        if mode is None:
            raise UnusableInput(f"{IDENTITY_FILE}: mode `{self.mode}` is none of {list(_MODES)}")
        return mode


def write_folder(folder: Path, keys: NodeKeys) -> None:
    """Write identity and key, for who reads or reopens the folder later."""
    folder.mkdir(parents=True, exist_ok=True)
    write_identity(folder, keys)
    write_key(folder / KEY_FILE, keys.private)


def write_identity(folder: Path, keys: NodeKeys) -> None:
    """Write who the node is and whom it knows, in the place of what was said before."""
    public = {code: key.raw.hex() for code, key in sorted(keys.public.items())}
    identity = Identity(keys.nation, keys.mode.word, public)
    text = msgspec.json.format(msgspec.json.encode(identity), indent=1)
    replace_file(folder / IDENTITY_FILE, text + b"\n")


def read_keys(folder: Path) -> NodeKeys:
    """The keys of the node of this folder; UnusableInput where they do not belong together."""
    identity = read_identity(folder)
    if not (folder / KEY_FILE).is_file():
        raise UnusableInput(f"{folder / KEY_FILE}: no such file; its node's own folder has the key")
    private = read_key(folder / KEY_FILE)
    if identity.keys[identity.nation] != private.public:
        raise UnusableInput(f"{folder}: the key is not the one that {IDENTITY_FILE} names")
    return NodeKeys(nation(identity.nation), identity.node_mode, private, identity.keys)


def read_identity(folder: Path) -> Identity:
    """Who the node of this folder is; UnusableInput where the folder does not say."""
    return read_identity_file(folder / IDENTITY_FILE)


def read_identity_file(file: Path) -> Identity:
    """As read_identity, of a file: one's own, or one that a partner gave with its public keys."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(IDENTITY_FILE_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise UnusableInput(f"{file}: no such file; give the folder of a node") from error
    if len(raw) > IDENTITY_FILE_BYTES_MAX:
        raise UnusableInput(f"{file}: longer than {IDENTITY_FILE_BYTES_MAX} bytes")
    identity = decode_json(raw, Identity, f"{file}: not a node's identity")
    try:  # read here, so that a bad key is told with the name of its file
        if identity.nation not in identity.keys:
            raise UnusableInput(f"{file}: no public key of {identity.nation} itself")
    except ValueError as error:
        raise UnusableInput(f"{file}: not a node's identity: {error}") from error
    return identity
