"""The figures of `bench speed`, as records."""

from __future__ import annotations

import msgspec

from commonwatch.bench.machine import Machine


class StepFigures(msgspec.Struct, frozen=True):
    """A filter step: microseconds of processor time, and over those of the bare extended filter.

    `apart_sigmas` is how far its estimate lies, after all plots, from the bare extended filter's,
    in that one's sigmas.
    """

    name: str
    us: float
    over_bare: float
    apart_sigmas: float


class ScanFigures(msgspec.Struct, frozen=True):
    """A scan: milliseconds of processor time, over those of the bare scan, and what came of it.

    `rms_m` is the error of the objects' places; `followed` the share of objects that a track is on.
    """

    name: str
    ms: float
    over_bare: float
    followed: float
    rms_m: float


class ScanSet(msgspec.Struct, frozen=True):
    """The same scan by several trackers."""

    objects: int
    plots: int
    figures: tuple[ScanFigures, ...]


class PassFigures(msgspec.Struct, frozen=True):
    """A whole pass of `data_s` seconds: the estimator after start-up, and the command with it."""

    name: str
    data_s: float
    plots: int
    assessments: int
    cpu_s: float
    us_a_plot: float
    command_cpu_s: float
    command_peak_mib: float


class SpeedAnswer(msgspec.Struct, frozen=True, tag_field="kind", tag="bench"):
    """What `bench speed --json` prints."""

    name: str
    machine: Machine
    steps: tuple[StepFigures, ...]
    scans: tuple[ScanSet, ...]
    whole_pass: PassFigures
    salvo: PassFigures
    notes: tuple[str, ...]
