"""Each rule for pages finds what it is there to find."""

from __future__ import annotations

import pytest

from tests.report.builders import lofted_page
from tests.report.page_rules import ids_repeated, outside_references, pictures_untold

PAGE = lofted_page()


@pytest.mark.parametrize(
    "planted",
    [
        '<img src="https://tiles.example/1.png">',
        '<link rel="stylesheet" href="look.css">',
        '<script src="app.js"></script>',
        '<script>fetch("/state")</script>',
        "<style>@import 'x.css';</style>",
        "<style>p { background: url(https://example.org/x) }</style>",
        '<p style="background: url(x.png)"></p>',
        '<svg><image href="map.png"/></svg>',
        '<svg><use xlink:href="icons.svg#a"/></svg>',
        '<a href="https://example.org">x</a>',
    ],
)
def test_an_outside_reference_is_found(planted):
    assert list(outside_references(PAGE.replace("</main>", planted + "</main>")))


def test_a_picture_without_a_title_is_found():
    broken = PAGE.replace("<title id=", "<g id=", 2).replace("</title><desc", "</g><desc", 1)
    assert list(pictures_untold(broken))


def test_a_picture_without_the_word_is_found():
    assert list(pictures_untold(PAGE.replace("EXERCISE", "")))


def test_a_section_without_a_table_is_found():
    assert list(pictures_untold(PAGE.replace("<details", "<div")))


def test_a_repeated_id_is_found():
    assert list(ids_repeated(PAGE.replace("</main>", '<p id="map"></p></main>')))


def test_a_link_to_nowhere_is_found():
    assert list(ids_repeated(PAGE.replace('href="#fn-map"', 'href="#fn-mop"')))
