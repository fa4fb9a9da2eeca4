"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import msgspec


class Machine(msgspec.Struct, frozen=True):
    """Processor cores that this process may use, and versions of what was measured."""

    cores: int
    processor: str
    python: str
    versions: dict[str, str]


def this_machine(packages: tuple[str, ...]) -> Machine:
    """What the figures of this run belong to; a package that is not installed is left out."""
    versions = {}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return Machine(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        platform.machine(),
        platform.python_version(),
        versions,
    )


def machine_line(machine: Machine) -> str:
    """The line that ends a table: cores, processor and what was measured in which version."""
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    return f"{machine.cores} cores {machine.processor}, {versions}"
