"""Many seeds of the simulation: what was violated, and how much faster than real time it ran."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import msgspec

from commonwatch.bench.calibration.run import begin_worker
from commonwatch.bench.machine import Machine, machine_line, this_machine
from commonwatch.limits import SIMULATION_FAILURES_MAX
from commonwatch.world.simulation.drawn_plan import drawn_plan
from commonwatch.world.simulation.plan import Plan
from commonwatch.world.simulation.regression import as_test, smaller
from commonwatch.world.simulation.run import Outcome, simulate
from commonwatch.world.simulation.witness import Violation

Advance = Callable[[float, str], None]
_SEEDS_AT_ONCE = 8


class Failure(msgspec.Struct, frozen=True):
    """A seed that failed: what was violated, and a regression test of it made smaller."""

    seed: int
    violations: tuple[Violation, ...]
    test: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="simulation"):
    """What the seeds found. `times_real_time`: simulated over processor seconds, of one core.

    `halted`: nodes that did not start again as their ledger did not verify, after bit rot.
    """

    nodes: int
    first: int
    seeds: int
    simulated_s: float
    processor_s: float
    times_real_time: float
    frames: int
    halted: int
    failed: int
    failures: tuple[Failure, ...]
    machine: Machine


def simulation(first: int, seeds: int, nodes: int, workers: int, advance: Advance) -> Answer:
    """Run these seeds; of those that fail, the first SIMULATION_FAILURES_MAX are told whole."""
    outcomes: list[Outcome] = []
    for outcome in _outcomes(range(first, first + seeds), nodes, workers):
        outcomes.append(outcome)
        advance(len(outcomes), f"{len(outcomes)} of {seeds} seeds")
    failed = [one for one in outcomes if one.violations]
    simulated_s = sum(one.simulated_s for one in outcomes)
    processor_s = sum(one.took_s for one in outcomes)
    return Answer(
        nodes=nodes,
        first=first,
        seeds=seeds,
        simulated_s=simulated_s,
        processor_s=processor_s,
        times_real_time=simulated_s / processor_s,
        frames=sum(one.frames for one in outcomes),
        halted=sum(len(one.halted) for one in outcomes),
        failed=len(failed),
        failures=tuple(_failure(one, nodes) for one in failed[:SIMULATION_FAILURES_MAX]),
        machine=this_machine(("sqlalchemy", "msgspec", "pynacl")),
    )


def reasons_of(answer: Answer) -> tuple[str, ...]:
    """One line for each violation that is told."""
    return tuple(
        f"seed {one.seed}, {violation.at_s} s: {violation.invariant}: {violation.why}"
        for one in answer.failures
        for violation in one.violations
    )


def lines_of(answer: Answer) -> Iterator[str]:
    """The answer for people."""
    last = answer.first + answer.seeds - 1
    yield f"seeds {answer.first} to {last}, {answer.nodes} nodes: {answer.failed} failed"
    yield (
        f"{answer.simulated_s:.0f} s simulated in {answer.processor_s:.0f} s of processor: "
        f"{answer.times_real_time:.0f} times real time a core; {answer.frames} envelopes"
    )
    yield f"{answer.halted} nodes stayed down after bit rot, their ledger refused"
    yield machine_line(answer.machine)
    for one in answer.failures:
        yield from ("", *one.test.splitlines())


def _outcome(seed: int, nodes: int) -> Outcome:
    return simulate(drawn_plan(seed, nodes))


def _outcomes(seeds: range, nodes: int, workers: int) -> Iterator[Outcome]:
    work = partial(_outcome, nodes=nodes)
    if workers == 1 or len(seeds) == 1:
        yield from map(work, seeds)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, begin_worker) as pool:
        yield from pool.map(work, seeds, chunksize=_SEEDS_AT_ONCE)


def _failure(outcome: Outcome, nodes: int) -> Failure:
    invariant = outcome.violations[0].invariant

    def fails(plan: Plan) -> bool:
        return any(one.invariant == invariant for one in simulate(plan).violations)

    plan = smaller(drawn_plan(outcome.seed, nodes), fails)
    return Failure(outcome.seed, outcome.violations, as_test(plan, invariant))
