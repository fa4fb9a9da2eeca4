"""A node's keys: the system's randomness for live, a seed only for what is not real."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation, PrivateKey, PublicKey
from commonwatch.mode import Mode, Rehearsal

ED25519_SEED_BYTES = 32
KEY_FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """A nation's private key, and the public keys of all nations it deals with and its own.

    They belong to one mode: keys of an exercise are not trusted by a live node.
    """

    nation: Nation
    mode: Mode
    private: PrivateKey
    public: dict[str, PublicKey]


def key_from_seed(seed: int, nation: Nation, mode: Rehearsal) -> PrivateKey:
    """The same key each time, for exercises and tests; a live key cannot be asked for here."""
    text = f"commonwatch {mode.word} key of {nation} from seed {seed}"
    return PrivateKey(hashlib.sha256(text.encode()).digest())


def new_key() -> PrivateKey:
    """A key from the system's randomness."""
    return PrivateKey(os.urandom(ED25519_SEED_BYTES))


def exercise_keys(nations: Iterable[Nation], seed: int, mode: Rehearsal) -> dict[Nation, NodeKeys]:
    """Keys for several nodes of one exercise, each knowing the public keys of all."""
    private = {code: key_from_seed(seed, code, mode) for code in nations}
    public: dict[str, PublicKey] = {code: key.public for code, key in private.items()}
    return {code: NodeKeys(code, mode, key, dict(public)) for code, key in private.items()}


def write_key(path: Path, key: PrivateKey) -> None:
    """Write a private key that only its owner may read; an existing file is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_FILE_MODE)
    except FileExistsError as error:
        raise UnusableInput(f"{path}: there is a key already; it is not overwritten") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(key.seed.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> PrivateKey:
    """Read a private key; UnusableInput where others may read it or it is none."""
    if path.stat().st_mode & 0o077:
        raise UnusableInput(f"{path}: others may read this key; `chmod 600` it")
    text = path.read_text()[: 4 * ED25519_SEED_BYTES].strip()
    try:
        seed = bytes.fromhex(text)
    except ValueError as error:
        raise UnusableInput(f"{path}: not a key in hexadecimal digits") from error
    if len(seed) != ED25519_SEED_BYTES:
        raise UnusableInput(f"{path}: a key has {ED25519_SEED_BYTES} bytes, this has {len(seed)}")
    return PrivateKey(seed)
