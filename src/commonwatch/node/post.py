"""A bus of files: envelopes to partners as files in a folder, envelopes from them as they came.

For a node that is opened for its accounts alone, where no network carries. A file proves nothing by
itself, as with any bus: its envelope is verified like every other.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.limits import BUS_QUEUE_MAX, ENVELOPE_BYTES_MAX
from commonwatch.node.bus import BusLane, Urgency
from commonwatch.share.envelope import envelope_digest, recorded_manifest
from commonwatch.share.message import Lane
from commonwatch.share.shown_head import is_shown_head

SUFFIX = ".envelope"


class PostFolder:
    """Puts what is sent into a folder, one file an envelope; hands out what was brought."""

    def __init__(self, folder: Path | None, brought: Iterable[bytes] = ()) -> None:
        self._folder = folder
        self._brought = list(brought)

    def send(
        self,
        sender: str,
        recipient: str,
        lane: BusLane,
        raw: bytes,
        urgency: Urgency = Urgency.USUAL,
    ) -> bool:
        """Write an envelope; False where there is no folder, and it stays unsent."""
        del urgency  # files have no order
        if self._folder is None:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{sender}-{recipient}-{lane}-{envelope_digest(raw).hex()[:16]}{SUFFIX}"
        (self._folder / name).write_bytes(raw)
        return True

    def drain(self, recipient: str, lane: BusLane) -> tuple[bytes, ...]:
        """What was brought in this lane; what names no lane comes with the control lane."""
        del recipient  # an envelope to another is refused where it is opened, and recorded
        taken = [raw for raw in self._brought if _lane_of(raw) == lane]
        self._brought = [raw for raw in self._brought if _lane_of(raw) != lane]
        return tuple(taken)

    def purge(self, sender: str, recipient: str) -> tuple[bytes, ...]:
        """Nothing: what is in the folder has left."""
        del sender, recipient
        return ()


def envelopes_in(place: Path, recipient: str, known: frozenset[str]) -> tuple[bytes, ...]:
    """Envelopes in a file or folder, oldest first; of a folder, those to `recipient` alone.

    A head of a ledger is to everybody. `known` are digests (hexadecimal) of envelopes that were
    taken before.
    """
    files = sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else [place]
    found = []
    for file in files:
        with file.open("rb") as stream:
            raw = stream.read(ENVELOPE_BYTES_MAX + 1)
        if place.is_dir() and not _is_for(raw, recipient):
            continue
        if envelope_digest(raw).hex() not in known:
            found.append(raw)
    if len(found) > BUS_QUEUE_MAX:
        raise UnusableInput(f"{place}: {len(found)} envelopes; at most {BUS_QUEUE_MAX} at once")
    return tuple(sorted(found, key=_sequence))


def _is_for(raw: bytes, recipient: str) -> bool:
    if is_shown_head(raw):
        return True
    try:
        return recorded_manifest(raw).recipient == recipient
    except ValueError:
        return False


def _sequence(raw: bytes) -> tuple[str, int]:
    try:
        manifest = recorded_manifest(raw)
    except ValueError:
        return "", 0
    return manifest.sender, manifest.sequence


def _lane_of(raw: bytes) -> Lane:
    try:
        return recorded_manifest(raw).lane
    except ValueError:
        return "control"
