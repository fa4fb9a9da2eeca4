"""The classes of flights that the estimator answers for, and what the world calls them."""

from __future__ import annotations

from dataclasses import dataclass

from commonwatch.errors import UnusableInput

# Parts of a launch, counted apart: what carries the payload, and what falls away from it.
MISSILE = "missile"
STAGES = "stages"


@dataclass(frozen=True, slots=True)
class FlightClass:
    """A class by name; `key` goes into the seed of each of its flights and never changes.

    `kind` is the world's name of it, one of `world.random_passes.KIND_NAMES`.
    """

    name: str
    key: int
    kind: str


CLASSES = (
    FlightClass("lofted", 1, "lofted"),
    FlightClass("full-range", 2, "full-range"),
    FlightClass("short", 3, "short"),
    FlightClass("depressed", 4, "depressed"),
    FlightClass("staged", 5, "staged"),
    FlightClass("failed", 6, "failed"),
    FlightClass("pull-up", 7, "pull-up"),
    FlightClass("orbital", 8, "space-launch"),
)


def chosen_classes(names: list[str] | None) -> tuple[FlightClass, ...]:
    """The classes of those names, all where none is given, in the order above.

    Raises UnusableInput for an unknown one.
    """
    known = {one.name: one for one in CLASSES}
    for name in names or ():
        if name not in known:
            raise UnusableInput(f"--class {name}: no such class; there are {', '.join(known)}")
    return tuple(one for one in CLASSES if not names or one.name in names)
