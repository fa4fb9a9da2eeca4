"""What crosses a link beside the envelopes: each one's number, and how far the other side is.

Nothing here is signed, and nothing here is believed beyond how fast to send: an envelope proves
itself, and what is missing is told under a signature (share/progress.py).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from commonwatch.limits import LINK_FRAME_BYTES_MAX, LINK_HEAD_BYTES

_HEAD = struct.Struct(">QQ")
_HELLO = struct.Struct(">QQII")
HELLO_LANE = "hello"


@dataclass(frozen=True, slots=True)
class Hello:
    """The recipient's word to the sender: whose frames it counts, the newest, what lies unread."""

    session: int
    last_arrived: int
    unread: int
    unread_bytes: int


@dataclass(frozen=True, slots=True)
class Frame:
    """An envelope on its way: the sender's session (a new one each start) and number in it."""

    session: int
    number: int
    raw: bytes


def frame_bytes(frame: Frame) -> bytes:
    """A frame as it travels."""
    return _HEAD.pack(frame.session, frame.number) + frame.raw


def read_frame(data: bytes) -> Frame | None:
    """The frame in `data`; None where it is none or too long."""
    if not LINK_HEAD_BYTES <= len(data) <= LINK_FRAME_BYTES_MAX:
        return None
    session, number = _HEAD.unpack_from(data)
    return Frame(session, number, data[LINK_HEAD_BYTES:])


def hello_bytes(hello: Hello) -> bytes:
    """A hello as it travels."""
    return _HELLO.pack(hello.session, hello.last_arrived, hello.unread, hello.unread_bytes)


def read_hello(data: bytes) -> Hello | None:
    """The hello in `data`; None where it is none."""
    if len(data) != _HELLO.size:
        return None
    return Hello(*_HELLO.unpack(data))
