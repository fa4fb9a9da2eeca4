"""The figures of `bench speed` as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commonwatch.bench.machine import machine_line
from commonwatch.bench.speed.answer import SpeedAnswer


def lines_of(answer: SpeedAnswer) -> Iterator[str]:
    """Three tables, cells apart by two blanks or more, then notes and machine."""
    yield "one step of a filter"
    head = ("", "microseconds", "over bare EKF", "sigmas from it")
    rows = [
        (one.name, f"{one.us:,.2f}", f"{one.over_bare:,.2f}", f"{one.apart_sigmas:.3f}")
        for one in answer.steps
    ]
    yield from _ruled([head, *rows])
    for scan in answer.scans:
        yield ""
        yield f"a scan of {scan.objects:,} objects, {scan.plots:,} plots"
        titles = ("", "milliseconds", "over bare", "objects followed", "rms error, m")
        found = [
            (
                one.name,
                f"{one.ms:,.3f}",
                f"{one.over_bare:,.2f}",
                f"{one.followed:.4f}",
                f"{one.rms_m:,.0f}",
            )
            for one in scan.figures
        ]
        yield from _ruled([titles, *found])
    for one in (answer.whole_pass, answer.salvo):
        yield ""
        yield f"{one.name}: {one.data_s / 60.0:.1f} minutes, {one.plots:,} plots"
        yield from _ruled(
            [
                ("estimator, processor seconds", f"{one.cpu_s:.3f}"),
                ("microseconds a plot", f"{one.us_a_plot:,.0f}"),
                ("assessments", f"{one.assessments:,}"),
                ("command, processor seconds", f"{one.command_cpu_s:.2f}"),
                ("command, peak memory, MiB", f"{one.command_peak_mib:,.0f}"),
            ]
        )
    yield ""
    yield from answer.notes
    yield machine_line(answer.machine)


def _ruled(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows of cells, the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()
