"""`commonwatch assess`: a joint assessment of a launch: compare, propose, sign, verify, publish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonwatch.errors import CheckFailed, UnusableInput

if TYPE_CHECKING:
    from commonwatch.warn.joint.assessment import SignedAssessment

EXAMPLES = (
    "commonwatch assess compare NK20220924-01",
    "commonwatch assess propose NK20220304-01 --as JPN --out joint.json",
    "commonwatch assess sign joint.json --as JPN --keys notional",
    "commonwatch assess sign joint.json --as KOR --keys notional",
    "commonwatch assess verify joint.json --keys notional",
    "commonwatch assess statement joint.json --keys notional --language ja",
)


app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
LaunchId = Annotated[str, typer.Argument(help="Of `launches`, as NK20220924-01.")]
File = Annotated[Path, typer.Argument(help="What `assess propose` wrote.")]
Keys = Annotated[Path, typer.Option(help="Folder with each party's desk, node or notional key.")]
Tracks = Annotated[Path | None, typer.Option(help="What `track` printed of this launch.")]
AsParty = Annotated[str, typer.Option("--as", help="Which party (ISO 3166-1 alpha-3).")]


@app.command("compare")
def compare_sides(launch_id: LaunchId, *, tracks: Tracks = None, as_json: AsJson = False) -> None:
    """Lay side by side what each government said, the tracks and physics; name the causes."""
    from commonwatch.cli.assess_answer import comparison_text
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.output import print_json
    from commonwatch.node.joint_files import compare_published

    ready_kernels()
    compared = compare_published(launch_id, tracks)
    if as_json:
        print_json({"kind": "comparison", "comparison": compared})
    else:
        print(comparison_text(compared))


@app.command()
def propose(
    launch_id: LaunchId,
    *,
    party: AsParty,
    out: Annotated[Path, typer.Option(help="File to write; never overwritten.")],
    tracks: Tracks = None,
    agree: Annotated[
        list[str] | None,
        typer.Option(
            help="QUANTITY=VALUE,SIGMA,BASIS; of launch_time (UTC), apogee, range (km), "
            "flight_time (s), missiles; BASIS is sides, tracks, physics or a nation. Repeatable."
        ),
    ] = None,
    leave_open: Annotated[
        list[str] | None, typer.Option(help="A quantity on which no value is proposed; repeatable.")
    ] = None,
    also: Annotated[
        list[str] | None, typer.Option(help="A further party that published nothing; repeatable.")
    ] = None,
) -> None:
    """Write a proposal: what both sides' figures have in common, or what the tracks say.

    What differs by more than rounding stays open unless --agree says otherwise.
    """
    import time

    from commonwatch.cli.assess_answer import values_text
    from commonwatch.cli.assess_values import chosen_values
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.node.joint_files import compare_published, write_assessment
    from commonwatch.node.joint_proposal import proposal

    if out.exists():
        raise UnusableInput(f"{out}: there is a file already; it is not overwritten")
    ready_kernels()
    compared = compare_published(launch_id, tracks)
    values = chosen_values(compared, tuple(agree or ()), tuple(leave_open or ()))
    signed = proposal(
        compared,
        values,
        party,
        tuple(also or ()),
        time.time(),
        leave_flight_time_open="flight_time" in (leave_open or ()),
    )
    write_assessment(out, signed)
    print(values_text(signed.assessment))
    print(f"written to {out}; to be signed by {', '.join(signed.assessment.parties)}")


@app.command()
def sign(
    file: File,
    *,
    party: AsParty,
    keys: Keys,
) -> None:
    """Sign as one party with a notional key; a text that does not hold is not signed."""
    import time

    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.identity import nation
    from commonwatch.mode import EXERCISE
    from commonwatch.node.joint_files import (
        differing_reasons,
        read_assessment,
        write_assessment,
    )
    from commonwatch.node.key_folders import exercise_key, public_keys
    from commonwatch.warn.joint.assessment import signed_also, text_sha256

    signed = read_assessment(file)
    parties = signed.assessment.parties
    if party not in parties:
        raise UnusableInput(f"{party} is no party; parties are {', '.join(parties)}")
    ready_kernels()
    differs = differing_reasons(signed.assessment)
    if differs:
        raise UnusableInput(f"not signed: {'; '.join(differs)}")
    key, made = exercise_key(keys, nation(party))
    known = public_keys(keys, parties)
    now = signed_also(signed, party, known, key, time.time(), EXERCISE)
    write_assessment(file, now)
    if made:
        print(f"made a notional key of {party} in {keys}: for exercises, it proves nothing")
    missing = sorted(set(parties) - {one.party for one in now.signatures})
    print(f"{party} signed {text_sha256(now.assessment)[:16]}; "
          f"still to sign: {', '.join(missing) or 'nobody'}")  # fmt: skip


@app.command()
def verify(file: File, *, keys: Keys, as_json: AsJson = False) -> None:
    """Check that all parties signed this very text, and that it says what this node finds.

    Status 3, with each reason a line, where anything does not hold.
    """
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.cli.output import print_check
    from commonwatch.node.joint_files import differing_reasons, read_assessment
    from commonwatch.warn.joint.assessment import text_sha256

    signed = read_assessment(file)
    ready_kernels()
    reasons = (*differing_reasons(signed.assessment), *_unsigned(signed, keys))
    digest = text_sha256(signed.assessment)
    answer = {
        "kind": "assess-verify",
        "launch": signed.assessment.comparison.launch_id,
        "text_sha256": digest,
        "holds": not reasons,
        "reasons": reasons,
    }
    holds = f"{', '.join(signed.assessment.parties)} signed {digest[:16]}: it holds"
    print_check(answer, reasons, (holds,), as_json=as_json)


@app.command()
def statement(
    file: File,
    *,
    keys: Keys,
    language: Annotated[str, typer.Option(help="en, ja or ko.")] = "en",
    out: Annotated[
        Path | None, typer.Option(help="File to write: .html is one A4 page, else text.")
    ] = None,
) -> None:
    """Publish the one-page statement; refused (status 3) while any signature is missing."""
    from commonwatch.cli.kernels import ready_kernels
    from commonwatch.mode import EXERCISE
    from commonwatch.node.joint_files import differing_reasons, read_assessment
    from commonwatch.node.key_folders import public_keys
    from commonwatch.report.joint_page import render_joint_page
    from commonwatch.warn.joint.statement import LANGUAGES, statement_of, statement_text
    from commonwatch.warn.joint.words import words_in

    words = words_in(language, LANGUAGES)
    signed = read_assessment(file)
    ready_kernels()
    differs = differing_reasons(signed.assessment)
    if differs:
        raise CheckFailed(differs)
    known = public_keys(keys, signed.assessment.parties)
    told = statement_of(signed, known, EXERCISE, words)
    if out is None:
        print(statement_text(told), end="")
        return
    is_page = out.suffix == ".html"
    out.write_text(render_joint_page(told) if is_page else statement_text(told), "utf-8")
    print(f"written to {out}")


def _unsigned(signed: SignedAssessment, keys: Path) -> tuple[str, ...]:
    from commonwatch.mode import EXERCISE
    from commonwatch.node.key_folders import public_keys
    from commonwatch.warn.joint.assessment import reasons_against

    return reasons_against(signed, public_keys(keys, signed.assessment.parties), EXERCISE)
