"""The configuration of one nation's NATS server: who may connect, as whom, to say and hear what.

Each partner has an account of its own, which holds nothing but the two directions between the two
nations: what is said to one is in no other's reach. The node itself connects to each account apart.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation
from commonwatch.limits import (
    LINK_FRAME_BYTES_MAX,
    LINK_PARTNERS_MAX,
    LINK_SERVER_LOG_BYTES_MAX,
    LINK_SERVER_PENDING_BYTES_MAX,
)
from commonwatch.mode import Mode
from commonwatch.node.link.certificate import LinkIdentity, name_on_link

OWN_CERTIFICATE, OWN_KEY, DIALLERS_FILE = "own.pem", "own.key", "diallers.pem"
CONFIG_FILE, LOG_FILE, PID_FILE = "server.conf", "server.log", "server.pid"
# A label of a host name (RFC 1123, section 2.1).
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
# Seconds between attempts to reach a partner, and at most as long again, by chance.
REDIAL = "200ms"
# A link that is cut in silence is noticed after two of these.
PING = "1s"


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return len(host) <= 253 and all(_LABEL.fullmatch(part) for part in host.split("."))
    return True


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens or is reached; port 0: any that is free."""

    host: str
    port: int

    def __post_init__(self) -> None:
        """Refuse what would not be one host and one port in a configuration."""
        if not 0 <= self.port <= 65_535:
            raise UnusableInput(f"port {self.port}: 0 to 65535")
        if not _is_host(self.host):
            raise UnusableInput(f"host `{self.host[:60]}`: need an address or a host name")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class LinkPartner:
    """A partner on a link: its certificate (PEM, checked), and where it is dialled.

    Where `dial` is None the partner dials us.
    """

    nation: Nation
    certificate_pem: bytes
    dial: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSetup:
    """All that one nation's server is told. `links_at`: where partners dial; None: none does."""

    nation: Nation
    mode: Mode
    identity: LinkIdentity
    partners: Sequence[LinkPartner]
    node_at: Address = Address("127.0.0.1", 0)
    links_at: Address | None = None

    def __post_init__(self) -> None:
        """Refuse partners that could not be reached, or not be told apart."""
        names = [item.nation for item in self.partners]
        if len(set(names)) != len(names) or self.nation in names:
            raise UnusableInput(f"links of {self.nation}: each partner once, and not itself")
        if len(names) > LINK_PARTNERS_MAX:
            raise UnusableInput(f"links of {self.nation}: at most {LINK_PARTNERS_MAX} partners")
        waited_for = [item.nation for item in self.partners if item.dial is None]
        if waited_for and self.links_at is None:
            raise UnusableInput(
                f"links of {self.nation}: {', '.join(waited_for)} would dial, and nothing listens"
            )


def subject(sender: str, recipient: str, lane: str) -> str:
    """The subject of one lane of one direction."""
    return f"cw.{sender}.{recipient}.{lane}"


def partner_file(nation: str) -> str:
    """The file with one partner's certificate."""
    return f"partner-{nation}.pem"


def user_of_node(partner: str) -> str:
    """As whom the node connects to the account of a partner."""
    return f"node-{partner}"


def server_config(setup: ServerSetup, passwords: Mapping[str, str], folder: Path) -> str:
    """The configuration as text; `passwords` are the node's own, one for each partner's account."""
    accounts = "\n".join(_account(setup, item, passwords) for item in setup.partners)
    return f"""# Written for {setup.nation} at each start; what is changed here is lost.
server_name: {setup.nation}
listen: {_listen(setup.node_at)}
jetstream: false
max_payload: {LINK_FRAME_BYTES_MAX}
max_pending: {LINK_SERVER_PENDING_BYTES_MAX}
max_control_line: 1024
max_connections: {2 * LINK_PARTNERS_MAX}
max_subscriptions: 64
write_deadline: "2s"
ping_interval: "{PING}"
ping_max: 2
log_file: {_quoted(folder / LOG_FILE)}
log_size_limit: {LINK_SERVER_LOG_BYTES_MAX}
logfile_max_num: 3
logtime_utc: true
pid_file: {_quoted(folder / PID_FILE)}
system_account: SYSTEM
accounts {{
{accounts}
  SYSTEM {{ users: [] }}
}}
{_tls(folder, folder / OWN_CERTIFICATE, "verify: true")}
leafnodes {{
{_links(setup, folder)}
}}
"""


def _account(setup: ServerSetup, partner: LinkPartner, passwords: Mapping[str, str]) -> str:
    """One partner's account: the node may say ours and hear theirs, the link the other way."""
    ours = _quoted(subject(setup.nation, partner.nation, "*"))
    theirs = _quoted(subject(partner.nation, setup.nation, "*"))
    node = (
        f"{{user: {_quoted(user_of_node(partner.nation))}, "
        f"password: {_quoted(passwords[partner.nation])}, "
        'allowed_connection_types: ["STANDARD"], '
        f"permissions: {{publish: {{allow: [{ours}]}}, subscribe: {{allow: [{theirs}]}}}}}}"
    )
    link = (
        f"{{user: {_quoted(name_on_link(partner.nation, setup.mode))}, "
        'allowed_connection_types: ["LEAFNODE"], '
        f"permissions: {{publish: {{allow: [{theirs}]}}, subscribe: {{allow: [{ours}]}}}}}}"
    )
    users = [node, link] if partner.dial is None else [node]
    return f"""  {partner.nation} {{
    limits {{ max_connections: 4, max_leafnodes: 2, max_subscriptions: 32 }}
    users: [
      {f"{chr(10)}      ".join(users)}
    ]
  }}"""


def _links(setup: ServerSetup, folder: Path) -> str:
    lines = [f'  reconnect: "{REDIAL}"', "  compression: off"]
    if any(item.dial is None for item in setup.partners):
        assert setup.links_at is not None
        # no_advertise: a partner is told no address, neither ours behind this one nor another's.
        tls = _tls(folder, folder / DIALLERS_FILE, "verify_and_map: true")
        lines += [f"  listen: {_listen(setup.links_at)}", "  no_advertise: true", f"  {tls}"]
    dialled = [item for item in setup.partners if item.dial is not None]
    if dialled:
        lines += ["  remotes: [", *(_remote(item, folder) for item in dialled), "  ]"]
    return "\n".join(lines)


def _remote(partner: LinkPartner, folder: Path) -> str:
    # The one dialled sets no permissions for itself here; what it may not reach is denied: the
    # server's own answers about who is connected.
    return (
        f"    {{ url: {_quoted(f'tls://{partner.dial}')}, account: {partner.nation}, "
        f'deny_imports: ["$SYS.>", "_INBOX.>"], deny_exports: ["$SYS.>", "_INBOX.>"], '
        f"{_tls(folder, folder / partner_file(partner.nation), '')} }}"
    )


def _tls(folder: Path, trusted: Path, verify: str) -> str:
    # The handshake comes first: who has no certificate is told nothing, not even a version.
    return (
        f"tls {{ cert_file: {_quoted(folder / OWN_CERTIFICATE)}, "
        f"key_file: {_quoted(folder / OWN_KEY)}, ca_file: {_quoted(trusted)}, "
        f'{verify}{", " if verify else ""}min_version: "1.3", handshake_first: true }}'
    )


def _listen(address: Address) -> str:
    return _quoted(f"{str(address).rpartition(':')[0]}:{address.port or -1}")


def _quoted(text: str | Path) -> str:
    """As a quoted string of the server's configuration language, in which JSON's are valid."""
    return json.dumps(str(text))
