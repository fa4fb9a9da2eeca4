"""A new node: its folder with configuration, keys, certificate and desk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.mode import EXERCISE, LIVE, TEST
from commonwatch.node.durable import write_new
from commonwatch.node.folder import IDENTITY_FILE, write_folder
from commonwatch.node.keys import NodeKeys, new_key
from commonwatch.node.link.certificate import new_link_identity
from commonwatch.node.observation_files import read_sensors_file
from commonwatch.node.service.config import (
    CONFIG_FILE,
    LINK_CERTIFICATE,
    LINK_KEY,
    PARTNERS_FOLDER,
    Links,
    Marking,
    NodeConfig,
    config_text,
    parse_address,
)

MODES = {mode.word: mode for mode in (LIVE, EXERCISE, TEST)}


def make_node(
    folder: Path, code: str, mode: str, address: str, sensors: Path | None, now_s: float
) -> Path:
    """Write a node's folder anew and answer its TOML file; UnusableInput where one is there.

    The desk in it has the same key: an order that is signed there is this nation's.
    """
    own, reached = nation(code), parse_address(address)
    chosen = MODES.get(mode.upper())
    if chosen is None:
        raise UnusableInput(f"--mode {mode}: write live, exercise or test")
    if sensors is not None:
        read_sensors_file(sensors)
    for name in (CONFIG_FILE, IDENTITY_FILE, LINK_KEY):
        if (folder / name).exists():
            raise UnusableInput(f"{folder / name}: a node is here already; nothing was changed")
    folder.mkdir(parents=True, exist_ok=True)
    key = new_key()
    keys = NodeKeys(own, chosen, key, {own: key.public})
    write_folder(folder, keys)
    write_folder(folder / "desk", keys)
    (folder / PARTNERS_FOLDER).mkdir(exist_ok=True)
    made = new_link_identity(own, chosen, (reached.host,), now_s)
    write_new(folder / LINK_CERTIFICATE, made.certificate_pem.decode())
    _write_secret(folder / LINK_KEY, made.private_pem)
    if sensors is not None:
        shutil.copyfile(sensors, folder / "sensors.toml")
    config = NodeConfig(
        nation=own,
        mode=chosen.word,  # type: ignore[arg-type]  # one of MODES
        marking=Marking(""),
        links=Links(listen=str(reached), address=str(reached)),
    )
    write_new(folder / CONFIG_FILE, config_text(config))
    return folder / CONFIG_FILE


def _write_secret(path: Path, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
