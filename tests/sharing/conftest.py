"""Folders in memory where the machine has them: these tests write thousands of fsynced groups."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from commonwatch.node.embedded_bus import EmbeddedBus
from tests.sharing.builders import NATIONS, world
from tests.sharing.links import LinkedBus, Links

MEMORY = Path("/dev/shm")


@pytest.fixture
def tmp_path():
    with _folder() as name:
        yield Path(name)


@pytest.fixture(scope="module")
def base():
    with _folder() as name:
        yield Path(name)


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # A module that says TRANSPORTS = ("embedded", "nats") runs each of its tests over each of them.
    if "new_bus" in metafunc.fixturenames:
        transports = getattr(metafunc.module, "TRANSPORTS", ("embedded",))
        metafunc.parametrize("transport", transports, scope="module")


@pytest.fixture(scope="module")
def links(base):
    made = Links(base / "links", NATIONS)
    yield made
    made.close()


@pytest.fixture
def new_bus(transport, request):
    """Makes a bus between nations over the transport of this test."""
    made: list[LinkedBus] = []

    def make(codes: tuple[str, ...] = NATIONS) -> EmbeddedBus | LinkedBus:
        if transport == "embedded":
            return EmbeddedBus()
        made.append(LinkedBus(request.getfixturevalue("links"), codes))
        return made[-1]

    yield make
    for bus in made:
        bus.close()


@pytest.fixture
def three(tmp_path, new_bus):
    made = world(tmp_path, bus=new_bus())
    yield made
    made.close()
