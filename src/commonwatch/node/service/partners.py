"""Partners of a node: the identity file that each gives, and what is kept of it.

A file proves nothing of whose it is: its fingerprint is compared with the partner another way, by
voice, and given with it. Then its key and its certificate are trusted, and nothing else of it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from commonwatch.errors import UnusableInput
from commonwatch.foreign_text import printable
from commonwatch.identity import PublicKey, nation
from commonwatch.limits import LINK_PARTNERS_MAX, NODE_IDENTITY_BYTES_MAX
from commonwatch.node.durable import read_bounded, replace_file
from commonwatch.node.folder import IDENTITY_FILE, read_identity, read_keys, write_identity
from commonwatch.node.keys import NodeKeys
from commonwatch.node.link.certificate import checked_certificate
from commonwatch.node.link.server_config import LinkPartner
from commonwatch.node.service.config import (
    LINK_CERTIFICATE,
    PARTNERS_FOLDER,
    NodeConfig,
    beside,
    parse_address,
)
from commonwatch.untrusted_json import decode_json

IDENTITY_KIND = "node-identity"
_FINGERPRINT_DIGITS = 40
_GROUP = 5


class NodeIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a node gives to a partner: who it is, its public key, certificate (PEM) and address."""

    kind: str
    nation: str
    mode: str
    public_key: str
    certificate: str
    address: str

    @property
    def key(self) -> PublicKey:
        """The public key; UnusableInput where it is none."""
        try:
            return PublicKey(bytes.fromhex(self.public_key))
        except ValueError as error:
            raise UnusableInput(f"public key of {self.nation[:8]}: {error}") from error

    @property
    def fingerprint(self) -> str:
        """160 bits of the SHA-256 over all of it, in groups to be read out."""
        digits = hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:_FINGERPRINT_DIGITS]
        return "-".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def own_identity(file: Path, config: NodeConfig) -> NodeIdentity:
    """This node's own, for its partners."""
    keys = read_keys(file.parent)
    return NodeIdentity(
        kind=IDENTITY_KIND,
        nation=keys.nation,
        mode=keys.mode.word,
        public_key=keys.private.public.raw.hex(),
        certificate=read_bounded(beside(file, LINK_CERTIFICATE), NODE_IDENTITY_BYTES_MAX),
        address=config.links.address,
    )


def read_node_identity(path: Path) -> NodeIdentity:
    """An identity file; UnusableInput where it is none."""
    text = read_bounded(path, NODE_IDENTITY_BYTES_MAX)
    wrong = f"{path}: not a node's identity file"
    told = decode_json(text, NodeIdentity, wrong, "`commonwatch node identity` writes one")
    if told.kind != IDENTITY_KIND:
        raise UnusableInput(f"{path}: kind `{printable(told.kind, 40)}`, not `{IDENTITY_KIND}`")
    return told


def partner_of(told: NodeIdentity, own: NodeKeys, now_s: float) -> LinkPartner:
    """The partner as links need it; UnusableInput where something of it does not hold.

    Of two nodes, that of the later code dials; so no two lists must agree.
    """
    code = nation(told.nation)
    if code == own.nation:
        raise UnusableInput(f"it is {own.nation}'s own identity; give a partner's")
    if told.mode != own.mode.word:
        raise UnusableInput(f"{code}: mode {told.mode[:16]}, this node is {own.mode.word}")
    pem = checked_certificate(told.certificate.encode(), code, own.mode, now_s)
    address = parse_address(told.address)
    return LinkPartner(code, pem, address if own.nation > code else None)


def partner_files(file: Path) -> tuple[Path, ...]:
    """The identity files that were accepted, by nation."""
    found = sorted((file.parent / PARTNERS_FOLDER).glob("*.json"))
    if len(found) > LINK_PARTNERS_MAX:
        raise UnusableInput(f"{file.parent / PARTNERS_FOLDER}: more than {LINK_PARTNERS_MAX} files")
    return tuple(found)


def add_partner(
    file: Path, config: NodeConfig, given: Path, fingerprint: str | None, now_s: float
) -> NodeIdentity:
    """Accept a partner, or what changed of one, where its fingerprint is the one that was compared.

    UnusableInput tells the fingerprint where none was given. A key that is known already does not
    change by this: what was signed with the old one would no longer verify.
    """
    told = read_node_identity(given)
    keys = read_keys(file.parent)
    partner = partner_of(told, keys, now_s)
    if fingerprint is None:
        raise UnusableInput(
            f"{given}: the fingerprint of {partner.nation} is {told.fingerprint}; compare it with "
            f"{partner.nation} another way, by voice, then give it with --fingerprint"
        )
    if fingerprint.replace("-", "").lower() != told.fingerprint.replace("-", ""):
        raise UnusableInput(
            f"{given}: its fingerprint is not `{fingerprint[:60]}`; ask {partner.nation} to read "
            "it out anew, and trust nothing of this file where it differs"
        )
    places = [file.parent]
    if (beside(file, config.desk) / IDENTITY_FILE).is_file():
        places.append(beside(file, config.desk))
    for place in places:
        known = read_identity(place).keys.get(partner.nation)
        if known is not None and known != told.key:
            raise UnusableInput(
                f"{given}: {place / IDENTITY_FILE} has another key of {partner.nation}, "
                f"{known.key_id}; a partner's key does not change in silence"
            )
    for place in places:
        held = read_keys(place)
        public = {**held.public, partner.nation: told.key}
        write_identity(place, NodeKeys(held.nation, held.mode, held.private, public))
    folder = file.parent / PARTNERS_FOLDER
    folder.mkdir(exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(told), indent=1)
    replace_file(folder / f"{partner.nation}.json", text + b"\n")
    return told
