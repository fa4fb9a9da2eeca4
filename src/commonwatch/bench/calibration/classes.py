"""The classes of flights that the estimator answers for, and what the world calls them."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.errors import UnusableInput
from commonwatch.world.random_passes import KIND_NAMES

# Parts of a launch, counted apart: what carries the payload, and what falls away from it.
MISSILE = "missile"
STAGES = "stages"


@dataclass(frozen=True, slots=True)
class FlightClass:
    """A class by name; `key` goes into the seed of each of its flights and never changes.

    `kinds` are the world's names of it: the first one that the world has is drawn.
    """

    name: str
    key: int
    kinds: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What the world draws; raises UnusableInput where it cannot."""
        for kind in self.kinds:
            if kind in KIND_NAMES:
                return kind
        raise UnusableInput(
            f"calibration: the simulated world draws no `{self.kinds[0]}`; "
            f"it draws {', '.join(KIND_NAMES)}"
        )


CLASSES = (
    FlightClass("lofted", 1, ("lofted",)),
    FlightClass("full-range", 2, ("full-range", "overflight")),
    FlightClass("short", 3, ("short",)),
    FlightClass("depressed", 4, ("depressed",)),
    FlightClass("staged", 5, ("staged",)),
    FlightClass("failed", 6, ("failed",)),
    FlightClass("pull-up", 7, ("pull-up", "glide")),
    FlightClass("orbital", 8, ("space-launch", "orbit")),
)


def chosen_classes(names: list[str] | None) -> tuple[FlightClass, ...]:
    """The classes of those names, all where none is given, in the order above.

    Raises UnusableInput for an unknown one, and for one that the world cannot draw.
    """
    known = {one.name: one for one in CLASSES}
    for name in names or ():
        if name not in known:
            raise UnusableInput(f"--class {name}: no such class; there are {', '.join(known)}")
    chosen = tuple(one for one in CLASSES if not names or one.name in names)
    for one in chosen:
        _ = one.kind
    return chosen
