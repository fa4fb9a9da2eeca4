"""What a node holds of partners: the newest bulletin per originator, object and product."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from commonwatch.errors import require
from commonwatch.label import Label
from commonwatch.limits import HELD_OBJECTS_MAX
from commonwatch.release.bulletin import Bulletin, OriginalMarking
from commonwatch.share.replay_window import ReplayWindow

# Originator, its name of the object, product.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A partner's bulletin as it came, and this nation's own marking that equals the partner's.

    `label` is the giver's marking as it is now: a relabelling leaves the bulletin as it came. With
    it may have come how the originators mark it now; None where that is as the bulletin says.
    """

    bulletin: Bulletin
    equivalent_level: str
    received_s: float
    label: Label
    relabelled_originals: tuple[OriginalMarking, ...] | None = None

    @property
    def originals(self) -> tuple[OriginalMarking, ...]:
        """How the originators of what was passed on mark it now."""
        told = self.relabelled_originals
        return self.bulletin.original_markings if told is None else told

    @property
    def key(self) -> Key:
        """Originator, its name of the object, and the product."""
        return self.bulletin.originator, self.bulletin.object, self.bulletin.product_named


@dataclass(frozen=True, slots=True)
class Version:
    """Where an older word on an object is found again, should the newer ones be recalled."""

    revision: int
    item: str
    digest: bytes
    received_s: float


@dataclass(slots=True)
class Inbound:
    """All that was taken from partners.

    Every version supersedes the one before, in whatever order. `received` says of each item that
    ever came, taken or not, from whom, and the SHA-256 of its bytes; `gone` which were destroyed.
    """

    windows: dict[str, ReplayWindow] = field(default_factory=dict)
    received: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    _versions: dict[Key, dict[str, Version]] = field(default_factory=dict)
    _newest: dict[Key, Held] = field(default_factory=dict)

    def window(self, sender: str) -> ReplayWindow:
        """The sequence numbers seen of this sender."""
        return self.windows.get(sender, ReplayWindow())

    def take(self, held: Held, digest: bytes) -> bool:
        """Hold this version where it is newer than the one held; whether it was.

        `digest` is the SHA-256 of the bulletin's bytes.
        """
        key, bulletin = held.key, held.bulletin
        self._versions.setdefault(key, {})[bulletin.id] = Version(
            bulletin.revision, bulletin.id, digest, held.received_s
        )
        before = self._newest.get(key)
        if before is not None and before.bulletin.revision >= held.bulletin.revision:
            return False
        require(
            before is not None or len(self._newest) < HELD_OBJECTS_MAX, "too many objects are held"
        )
        self._newest[key] = held
        return True

    def let_go(self, items: Collection[str]) -> frozenset[Key]:
        """Hold none of these items any more; the objects that they were the newest word on."""
        keys = [key for key, held in self._newest.items() if held.bulletin.id in items]
        for key in keys:
            del self._newest[key]
        return frozenset(keys)

    def versions(self, key: Key) -> tuple[Version, ...]:
        """All that was taken on an object, the newest first."""
        found = self._versions.get(key, {}).values()
        return tuple(sorted(found, key=lambda one: one.revision, reverse=True))

    def newest(self) -> tuple[Held, ...]:
        """The newest version of each object, those withdrawn too, in the order of their names."""
        return tuple(held for _, held in sorted(self._newest.items()))

    def held(self) -> tuple[Held, ...]:
        """The newest version of each object that was not withdrawn, in the order of their names."""
        return not_withdrawn(self.newest())


def not_withdrawn(newest: Iterable[Held]) -> tuple[Held, ...]:
    """Without objects that were withdrawn: in one product, that takes back all that was said."""
    every = tuple(newest)
    gone = {held.key[:2] for held in every if held.bulletin.status == "withdrawn"}
    return tuple(held for held in every if held.key[:2] not in gone)
