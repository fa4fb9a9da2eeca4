"""Colours of the report against WCAG 2.2: 1.4.3 (text 4.5 : 1) and 1.4.11 (graphics 3 : 1)."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("commonwatch.report").joinpath("templates/report.css").read_text("utf-8")
BLOCKS = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
THEMES = {
    name: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for name, block in zip(("dark", "light and print"), BLOCKS, strict=True)
}
TEXT = [
    *((ink, ground) for ink in ("text", "soft", "link", "exercise", "alone", "shared", "violet",
                                "alarm") for ground in ("page", "panel")),
    *((ink, ground) for ink in ("text", "soft", "alone", "shared", "exercise")
      for ground in ("sea", "land")),
    ("exercise-ink", "exercise"),
]  # fmt: skip
GRAPHICS = [
    *((ink, ground) for ink in ("track", "track-soft", "alone", "shared", "coast")
      for ground in ("page", "sea", "land")),
    *((ink, "page") for ink in ("soft", "violet", "exercise")),
    ("province", "land"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_formula_against_the_values_that_wcag_names():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # just too light


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(theme, ink, ground):
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), GRAPHICS)
def test_lines_can_be_seen(theme, ink, ground):
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= 3.0


def test_both_themes_name_the_same_colours():
    dark, light = (set(theme) for theme in THEMES.values())
    assert dark == light


def test_every_colour_that_is_used_is_named():
    used = set(re.findall(r"var\(--([a-z-]+)", CSS)) - {"halo"}
    assert used <= set(THEMES["dark"])


@pytest.mark.parametrize("theme", THEMES)
def test_no_green_that_could_be_read_as_safe(theme):
    for name, colour in THEMES[theme].items():
        red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
        assert green <= max(red, blue), name
