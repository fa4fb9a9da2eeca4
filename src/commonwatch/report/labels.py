"""Labels that do not cover each other: each takes the first free place about its point."""

from __future__ import annotations

from dataclasses import dataclass, field

from commonwatch.report.svg import Canvas, Point

GLYPH_WIDTH = 0.58
"""Mean advance of a sans-serif glyph in parts of its size; CJK glyphs take a whole one."""


def text_width(words: str, size_px: float) -> float:
    """About how wide words will be."""
    return sum(size_px * (1.0 if ord(glyph) > 0x2E7F else GLYPH_WIDTH) for glyph in words)


def _places(
    at: Point, gap: float, size: float, *, leftwards: bool
) -> list[tuple[float, float, str]]:
    """Where a label may stand, best first: x, base line, anchor."""
    x, y = at
    rightward = [
        (x + gap, y + size * 0.35, "start"),
        (x + gap * 0.7, y - gap * 0.7, "start"),
        (x + gap * 0.7, y + gap + size * 0.6, "start"),
    ]
    leftward = [
        (x - gap, y + size * 0.35, "end"),
        (x - gap * 0.7, y - gap * 0.7, "end"),
        (x - gap * 0.7, y + gap + size * 0.6, "end"),
    ]
    upright = [(x, y - gap, "middle"), (x, y + gap + size * 0.8, "middle")]
    first, second = (leftward, rightward) if leftwards else (rightward, leftward)
    return [*first, *upright, *second]


@dataclass(slots=True)
class Labels:
    """The labels of one picture, and the boxes that are taken."""

    canvas: Canvas
    size_px: float = 15.0
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def block(self, at: Point, radius: float) -> None:
        """Keep labels off a mark."""
        self.taken.append((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius))

    def put(
        self, at: Point, words: str, css: str, gap: float = 10.0, *, leftwards: bool = False
    ) -> bool:
        """Write `words` beside `at` where there is room.

        False, and nothing, where there is none.
        """
        wide, size = text_width(words, self.size_px), self.size_px
        for left_at, base, anchor in _places(at, gap, size, leftwards=leftwards):
            left = {"start": left_at, "middle": left_at - wide / 2, "end": left_at - wide}[anchor]
            box = (left, base - size * 0.8, left + wide, base + size * 0.25)
            if self._is_free(box):
                self.taken.append(box)
                self.canvas.text((left_at, base), words, css, anchor)
                return True
        return False

    def _is_free(self, box: tuple[float, float, float, float]) -> bool:
        inside = (
            box[0] > 4
            and box[1] > 4
            and box[2] < self.canvas.width - 4
            and box[3] < self.canvas.height - 4
        )
        return inside and all(
            box[2] < other[0] or box[0] > other[2] or box[3] < other[1] or box[1] > other[3]
            for other in self.taken
        )
