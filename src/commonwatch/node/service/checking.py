"""Everything that is wrong with a node's folder, before anything of it starts."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from commonwatch.acquire.sensor import Sensor
from commonwatch.errors import UnusableInput
from commonwatch.identity import nation
from commonwatch.limits import NODE_IDENTITY_BYTES_MAX
from commonwatch.node.agreement_desk import AgreementDesk
from commonwatch.node.durable import read_bounded
from commonwatch.node.folder import read_keys
from commonwatch.node.keys import NodeKeys
from commonwatch.node.ledger_store import LOCK_FILE
from commonwatch.node.link.certificate import checked_certificate
from commonwatch.node.observation_files import read_sensors_file
from commonwatch.node.service.config import (
    LINK_CERTIFICATE,
    LINK_KEY,
    PAGE_HOST,
    STANDARD,
    NodeConfig,
    beside,
    faults_of_values,
    parse_address,
    read_config,
)
from commonwatch.node.service.partners import partner_files, partner_of, read_node_identity

_T = TypeVar("_T")


def faults_of(file: Path, now_s: float) -> tuple[str, ...]:
    """What is wrong, each as what, where, and what would be right; nothing where all holds."""
    try:
        config = read_config(file)
    except (UnusableInput, OSError) as error:
        return (_told(error),)
    faults = [f"{file}: {fault}" for fault in faults_of_values(config)]
    keys = _tried(faults, lambda: read_keys(file.parent))
    if keys is not None:
        faults += _faults_of_keys(file, config, keys)
        faults += _faults_of_certificate(file, keys, now_s)
        faults += _faults_of_partners(file, config, keys, now_s)
        faults += _faults_of_desk(file, config, keys)
    sensors = _tried(faults, lambda: read_sensors_file(beside(file, config.sensors)))
    if sensors is not None:
        faults += _faults_of_sensors(file, config, sensors)
    faults += _faults_of_places(file, config)
    return tuple(faults)


def _tried(faults: list[str], what: Callable[[], _T]) -> _T | None:
    try:
        return what()
    except (UnusableInput, OSError) as error:
        faults.append(_told(error))
        return None


def _told(error: UnusableInput | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _faults_of_keys(file: Path, config: NodeConfig, keys: NodeKeys) -> Iterator[str]:
    if config.nation != keys.nation:
        yield f"{file}: nation {config.nation[:8]}; the key in its folder is {keys.nation}'s"
    if config.mode != keys.mode.word:
        yield f"{file}: mode {config.mode}; its folder was made for {keys.mode.word}, for good"


def _faults_of_certificate(file: Path, keys: NodeKeys, now_s: float) -> list[str]:
    faults: list[str] = []
    certificate, key = beside(file, LINK_CERTIFICATE), beside(file, LINK_KEY)
    pem = _tried(faults, lambda: read_bounded(certificate, NODE_IDENTITY_BYTES_MAX).encode())
    private = _tried(faults, lambda: read_bounded(key, NODE_IDENTITY_BYTES_MAX).encode())
    if pem is not None:
        _tried(faults, lambda: checked_certificate(pem, keys.nation, keys.mode, now_s))
    if private is not None and key.stat().st_mode & 0o077:
        faults.append(f"{key}: others may read this key; `chmod 600` it")
    if pem is not None and private is not None and not faults and not _fit(pem, private):
        faults.append(f"{key}: not the key of {LINK_CERTIFICATE}; both are made together")
    return faults


def _fit(pem: bytes, private: bytes) -> bool:
    try:
        own = load_pem_private_key(private, None).public_key()
    except (ValueError, TypeError):
        return False
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    said = load_pem_x509_certificate(pem).public_key()
    return own.public_bytes(*form) == said.public_bytes(*form)


def _faults_of_partners(file: Path, config: NodeConfig, keys: NodeKeys, now_s: float) -> list[str]:
    faults: list[str] = []
    known = set[str]()
    for path in _tried(faults, lambda: partner_files(file)) or ():
        try:
            told = read_node_identity(path)
            known.add(partner_of(told, keys, now_s).nation)
            if keys.public.get(nation(told.nation)) != told.key:
                faults.append(f"{path}: its key is not the one that identity.json goes by")
        except UnusableInput as error:
            text = str(error)
            faults.append(text if text.startswith(str(path)) else f"{path}: {text}")
    for code in config.marking.releasable_to:
        if code not in known:
            told_of = ", ".join(sorted(known)) or "none"
            faults.append(f"{file}: marking.releasable_to: {code[:8]}; partners are {told_of}")
    return faults


def _faults_of_desk(file: Path, config: NodeConfig, keys: NodeKeys) -> list[str]:
    faults: list[str] = []
    place = beside(file, config.desk)
    desk = _tried(faults, lambda: AgreementDesk(place))
    if desk is None:
        return faults
    if (desk.nation, desk.keys.mode) != (keys.nation, keys.mode):
        faults.append(
            f"{place}: the desk of {desk.nation} ({desk.keys.mode.word}); "
            f"need that of {keys.nation} ({keys.mode.word})"
        )
    elif desk.keys.private.public != keys.private.public:
        faults.append(f"{place}: the desk signs with another key than the node; need the same")
    levels = {
        level
        for terms in desk.book.documents
        for row in terms.levels.rows
        for owner, level in row.markings
        if owner == keys.nation
    }
    if levels and config.marking.level not in levels:
        faults.append(
            f"{file}: marking.level `{config.marking.level[:40]}` is known to no agreement on the "
            f"desk, so nothing would be released; {keys.nation} has {', '.join(sorted(levels))}"
        )
    return faults


def _faults_of_sensors(file: Path, config: NodeConfig, sensors: Sequence[Sensor]) -> Iterator[str]:
    if config.nation not in {sensor.nation for sensor in sensors}:
        yield (
            f"{beside(file, config.sensors)}: no sensor of {config.nation[:8]}; the table holds "
            "the own ones, whose plots come in, and partners'"
        )


def _faults_of_places(file: Path, config: NodeConfig) -> Iterator[str]:
    plots = beside(file, config.feed.plots)
    if config.feed.plots != STANDARD and not plots.exists():
        yield f"{plots}: no such file; feed.plots names a file, a pipe, or - for standard input"
    if _is_running(file.parent):
        return  # it holds its ports itself
    wanted = [("links.listen", config.links.listen)]
    if config.page.port:
        wanted.append(("page.port", f"{PAGE_HOST}:{config.page.port}"))
    for key, text in wanted:
        try:
            address = parse_address(text)
        except UnusableInput:
            continue  # told with the values
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind((address.host, address.port))
        except OSError as error:
            yield f"{file}: {key} {text}: cannot be listened at: {error.strerror}"


def _is_running(folder: Path) -> bool:
    """Whether a node has this folder's ledger open."""
    lock = folder / LOCK_FILE
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
