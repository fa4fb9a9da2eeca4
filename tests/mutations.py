"""Bytes that were sound and no longer are: flipped, cut, doubled, spliced, with words that hurt."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

# Numbers at an edge, text that a terminal acts on, nesting, what other formats take for something.
WORDS = (
    b"null", b"-1", b"1e999", b"NaN", b"inf", b"-0.0", b"1e308", b"18446744073709551616",
    b"9" * 400, b"[]", b"{}", b'""', b"true", b"\x00", b"\xff\xfe", b"\\u001b[2J",
    b'"\\ud800"', b'"\\u202e"', "\u202e".encode(), b"[" * 3_000, b'{"a":' * 3_000, b"<a>" * 600,
    b"&x;", b"'''", b'"""', b"2023-02-30T00:00:00Z", b"9999-12-31T23:59:60Z",
    b"0001-01-01T00:00:00Z", b"\xc1", b"\xdf" * 50, b"\x91" * 2_000, b"\x9f" * 300,
)  # fmt: skip
TOKEN = re.compile(rb'"[^"\n]{0,200}"|-?\d[\d.eE+-]*|[A-Za-z_][\w-]*')
ROUNDS = (1, 1, 1, 2, 3)


def mutated(choose: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds after one to three mutations; it may come out as it was."""
    raw = bytearray(choose.choice(seeds))
    for _ in range(choose.choice(ROUNDS)):
        choose.choice(MUTATIONS)(choose, raw, seeds)
    return bytes(raw)


def _flip(choose: random.Random, raw: bytearray, _seeds: Sequence[bytes]) -> None:
    if raw:
        raw[choose.randrange(len(raw))] ^= 1 << choose.randrange(8)


def _cut(choose: random.Random, raw: bytearray, _seeds: Sequence[bytes]) -> None:
    at = choose.randrange(len(raw) + 1)
    del raw[at : at + choose.choice((1, 2, 8, 64, len(raw)))]


def _insert(choose: random.Random, raw: bytearray, _seeds: Sequence[bytes]) -> None:
    at = choose.randrange(len(raw) + 1)
    raw[at:at] = choose.choice(WORDS)


def _double(choose: random.Random, raw: bytearray, _seeds: Sequence[bytes]) -> None:
    at = choose.randrange(len(raw) + 1)
    raw[at:at] = raw[at : at + choose.randrange(1, 200)]


def _splice(choose: random.Random, raw: bytearray, seeds: Sequence[bytes]) -> None:
    other, at = choose.choice(seeds), choose.randrange(len(raw) + 1)
    begin = choose.randrange(len(other))
    raw[at:at] = other[begin : begin + choose.randrange(1, 100)]


def _replace_token(choose: random.Random, raw: bytearray, _seeds: Sequence[bytes]) -> None:
    tokens = list(TOKEN.finditer(bytes(raw)))
    if tokens:
        begin, end = choose.choice(tokens).span()
        raw[begin:end] = choose.choice(WORDS)


def _swap_token(choose: random.Random, raw: bytearray, _seeds: Sequence[bytes]) -> None:
    tokens = list(TOKEN.finditer(bytes(raw)))
    if tokens:
        begin, end = choose.choice(tokens).span()
        raw[begin:end] = choose.choice(tokens).group()


MUTATIONS = (_flip, _cut, _insert, _double, _splice, _replace_token, _replace_token, _swap_token)
