"""Small pieces of SVG as text: numbers, attributes, paths with points thinned out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import escape

Point = tuple[float, float]

EXERCISE_MARK = "EXERCISE · REPLAY · notional sensors"
SHORT_MARK_PX = 500.0


def number(value: float) -> str:
    """A coordinate with one decimal, without a trailing zero, never "-0"."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def thin(points: Sequence[Point], least_px: float) -> list[Point]:
    """The points without those within `least_px` of the last one kept; the ends stay."""
    if len(points) < 3:
        return list(points)
    kept = [points[0]]
    for point in points[1:-1]:
        if math.dist(point, kept[-1]) >= least_px:
            kept.append(point)
    kept.append(points[-1])
    return kept


def path_data(points: Sequence[Point], *, least_px: float = 0.7, closed: bool = False) -> str:
    """The `d` of a polyline in relative steps of 0.1, of rounded points so that none drift."""
    if len(points) < 2:
        return ""
    tenths = [(round(x * 10), round(y * 10)) for x, y in thin(points, least_px)]
    parts = [f"M{number(tenths[0][0] / 10)} {number(tenths[0][1] / 10)}l"]
    steps = []
    for (x0, y0), (x1, y1) in pairwise(tenths):
        if (x0, y0) != (x1, y1):
            steps.append(f"{number((x1 - x0) / 10)} {number((y1 - y0) / 10)}")
    if not steps:
        return ""
    return parts[0] + " ".join(steps) + ("z" if closed else "")


def attributes(pairs: Iterable[tuple[str, str | float]]) -> str:
    """Attributes with a leading space each; numbers are rounded, text is escaped."""
    rendered = []
    for name, value in pairs:
        text = number(value) if isinstance(value, int | float) else str(escape(value))
        rendered.append(f' {name}="{text}"')
    return "".join(rendered)


@dataclass(slots=True)
class Canvas:
    """One SVG picture as it is drawn, `width` by `height` user units; `render` closes it.

    `name` must be unique in the page: the ids of the picture's title and description are made of
    it.
    """

    name: str
    width: float
    height: float
    title: str
    description: str
    css_class: str = "wide"
    parts: list[str] = field(default_factory=list)

    def path(
        self,
        points: Sequence[Point],
        css: str,
        *,
        closed: bool = False,
        least_px: float = 0.7,
    ) -> None:
        """A line through `points`, or an area where `closed`."""
        self.raw_path(path_data(points, least_px=least_px, closed=closed), css)

    def raw_path(self, data: str, css: str) -> None:
        """A path whose `d` is ready made; nothing for an empty one."""
        if data:
            self.parts.append(f'<path class="{css}" d="{data}"/>')

    def line(self, start: Point, end: Point, css: str) -> None:
        """A straight line."""
        pairs = (("x1", start[0]), ("y1", start[1]), ("x2", end[0]), ("y2", end[1]))
        self.parts.append(f'<line class="{css}"{attributes(pairs)}/>')

    def rect(self, corner: Point, width: float, height: float, css: str) -> None:
        """A rectangle from its upper left corner."""
        pairs = (("x", corner[0]), ("y", corner[1]), ("width", width), ("height", height))
        self.parts.append(f'<rect class="{css}"{attributes(pairs)}/>')

    def circle(self, centre: Point, radius: float, css: str) -> None:
        """A circle."""
        pairs = (("cx", centre[0]), ("cy", centre[1]), ("r", radius))
        self.parts.append(f'<circle class="{css}"{attributes(pairs)}/>')

    def text(self, at: Point, words: str, css: str, anchor: str = "start") -> None:
        """Words at a point of their base line."""
        where = attributes((("x", at[0]), ("y", at[1])))
        align = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(f'<text class="{css}"{where}{align}>{escape(words)}</text>')

    def mark_exercise(self, at: Point, anchor: str = "end") -> None:
        """The words that keep a picture, cut from its page, from being taken for the real thing."""
        told = EXERCISE_MARK if self.width > SHORT_MARK_PX else EXERCISE_MARK.partition(" ")[0]
        self.text(at, "◆ " + told, "t t-exercise halo", anchor)

    def follow(self, points: Sequence[Point]) -> None:
        """A dot that the page's time slider moves; without a script it stays unseen."""
        told = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self.parts.append(f'<circle class="now" r="6" data-at="{told}"/>')

    def follow_line(self, xs: Sequence[float], top: float, bottom: float) -> None:
        """An upright line that the page's time slider moves; without a script it stays unseen."""
        told = " ".join(f"{number(x)},0" for x in xs)
        ends = attributes((("y1", top), ("y2", bottom)))
        self.parts.append(f'<line class="now"{ends} data-at="{told}"/>')

    def render(self) -> str:
        """The finished picture, with title and description for those who cannot see it."""
        box = f"0 0 {number(self.width)} {number(self.height)}"
        return (
            f'<svg class="{self.css_class}" viewBox="{box}" role="img"'
            f' aria-labelledby="{self.name}-t {self.name}-d">'
            f'<title id="{self.name}-t">{escape(self.title)}</title>'
            f'<desc id="{self.name}-d">{escape(self.description)}</desc>'
            + "".join(self.parts)
            + "</svg>"
        )
