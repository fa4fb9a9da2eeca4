"""Real servers joined by leaf links under TLS, and a bus over them as the tests' worlds need it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from commonwatch.identity import nation
from commonwatch.mode import EXERCISE
from commonwatch.node.bus import BusLane, Urgency
from commonwatch.node.link.certificate import LinkIdentity, new_link_identity
from commonwatch.node.link.nats_bus import NatsBus
from commonwatch.node.link.server import LinkServer
from commonwatch.node.link.server_config import Address, LinkPartner, ServerSetup

HERE = "127.0.0.1"
ANY_PORT = Address(HERE, 0)
WAIT_S_MAX = 10.0


def until(holds: Callable[[], bool], what: str, within_s: float = WAIT_S_MAX) -> float:
    """Wait until something holds; the seconds that it took."""
    began_s = time.monotonic()
    while not holds():
        assert time.monotonic() - began_s < within_s, f"not within {within_s} s: {what}"
        time.sleep(0.001)
    return time.monotonic() - began_s


def identities(codes: Sequence[str], hosts: Sequence[str] = (HERE,)) -> dict[str, LinkIdentity]:
    return {code: new_link_identity(nation(code), EXERCISE, hosts, time.time()) for code in codes}


class Links:
    """A server for each nation, every two of them joined: the later dials the earlier."""

    def __init__(
        self,
        folder: Path,
        codes: Sequence[str],
        dial_instead: Mapping[tuple[str, str], Callable[[Address], Address]] | None = None,
    ) -> None:
        self.identities = identities(codes)
        self.servers: dict[str, LinkServer] = {}
        self._stack = ExitStack()
        for at, code in enumerate(codes):
            partners = []
            for other in codes:
                if other == code:
                    continue
                dial = None
                if other in codes[:at]:
                    dial = self.servers[other].links_at
                    dial = (dial_instead or {}).get((code, other), lambda address: address)(dial)
                certificate = self.identities[other].certificate_pem
                partners.append(LinkPartner(nation(other), certificate, dial))
            setup = ServerSetup(
                nation=nation(code), mode=EXERCISE, identity=self.identities[code],
                partners=partners, links_at=ANY_PORT,
            )  # fmt: skip
            self.servers[code] = LinkServer(setup, folder / f"link-{code}")
            self._stack.callback(self.servers[code].stop)

    def close(self) -> None:
        self._stack.close()


class LinkedBus:
    """One bus of each nation over its own server, behind the one bus that a world has.

    Nothing leaves before somebody drains, as in the embedded bus; then everything arrives first.
    """

    def __init__(self, links: Links, codes: Sequence[str]) -> None:
        self.buses = {code: NatsBus(links.servers[code]) for code in codes}
        self._stack = ExitStack()
        for bus in self.buses.values():
            self._stack.callback(bus.close)
        for code, bus in self.buses.items():
            until(
                lambda bus=bus: all(
                    state.up for state in bus.links() if state.partner in self.buses
                ),
                f"the links of {code} are up",
            )
        self._holding = ExitStack()
        self._hold()

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        return self.buses[sender].send(sender, recipient, lane, raw, urgency)

    def drain(self, recipient: str, lane: BusLane) -> tuple[bytes, ...]:
        own = self.buses[recipient]
        ways = [(code, bus) for code, bus in self.buses.items() if code != recipient]

        def all_came() -> bool:
            return all(
                bus.sent_counts.get((recipient, lane), 0) == own.arrived_counts.get((code, lane), 0)
                for code, bus in ways
            )

        if not all_came():
            self._holding.close()
            until(all_came, f"what was sent to {recipient} in the {lane} lane arrives")
            self._hold()
        return own.drain(recipient, lane)

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        return self.buses[sender].purge(sender, recipient)

    @property
    def bytes_sent(self) -> dict[tuple[str, str, BusLane], int]:
        return {
            (sender, recipient, lane): count
            for sender, bus in self.buses.items()
            for (recipient, lane), count in bus.bytes_sent.items()
        }

    def bytes_between(self, sender: str, recipient: str) -> int:
        return sum(
            count for way, count in self.bytes_sent.items() if way[:2] == (sender, recipient)
        )

    def close(self) -> None:
        self._holding.close()
        self._stack.close()

    def _hold(self) -> None:
        for bus in self.buses.values():
            self._holding.enter_context(bus.held())
