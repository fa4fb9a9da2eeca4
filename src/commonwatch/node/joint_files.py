"""Shell: joint assessments on disk."""

from __future__ import annotations

from pathlib import Path

import msgspec

from commonwatch.catalogue.published import load
from commonwatch.errors import UnusableInput
from commonwatch.limits import JOINT_FILE_BYTES_MAX
from commonwatch.node.track_figures import read_track_figures
from commonwatch.untrusted_json import decode_json
from commonwatch.utc import parse_utc
from commonwatch.warn.joint.agreed import physics_of
from commonwatch.warn.joint.assessment import JointAssessment, SignedAssessment
from commonwatch.warn.joint.comparison import Comparison, Published, compare
from commonwatch.warn_files import warning_regions


def read_assessment(path: Path) -> SignedAssessment:
    """A joint assessment from its file; UnusableInput where it is none."""
    with path.open("rb") as file:
        raw = file.read(JOINT_FILE_BYTES_MAX + 1)
    if len(raw) > JOINT_FILE_BYTES_MAX:
        raise UnusableInput(f"{path}: longer than {JOINT_FILE_BYTES_MAX} bytes")
    wrong = f"{path}: not a joint assessment"
    return decode_json(raw, SignedAssessment, wrong, "need what `assess propose` writes")


def write_assessment(path: Path, signed: SignedAssessment) -> None:
    """Write it whole or not at all: a reader never meets half a file."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(signed), indent=1) + b"\n")
    beside.replace(path)


def compare_published(launch_id: str, tracks: Path | None) -> Comparison:
    """What comes with the program of one launch, and what the tracks of a file say of it."""
    published = published_of(launch_id)
    if tracks is None:
        return compare(published, warning_regions())
    time = published.launch.launch_time
    figures, nations = read_track_figures(tracks, None if time is None else parse_utc(time))
    return compare(published, warning_regions(), figures, nations)


def published_of(launch_id: str) -> Published:
    """All of the catalogue on one launch; UnusableInput where there is no such launch."""
    catalogue = load()
    launch = catalogue.find(launch_id)
    return Published(
        launch=launch,
        statements=catalogue.statements_on(launch_id),
        corrections=catalogue.corrections_on(launch_id),
        same_day=tuple(
            other
            for other in catalogue.launches
            if other.date_utc == launch.date_utc and other.id != launch_id
        ),
    )


def differing_reasons(assessment: JointAssessment) -> tuple[str, ...]:
    """Why the comparison in a text is not what this node's own catalogue and physics give."""
    told = assessment.comparison
    own = compare(published_of(told.launch_id), warning_regions(), told.tracks, told.tracked_by)
    reasons = [
        f"{told.launch_id}: the {name} in the text are not what this node finds itself"
        for name in ("sides", "physics", "hidden", "differences", "date_utc")
        if getattr(own, name) != getattr(told, name)
    ]
    agreed_flight = physics_of(published_of(told.launch_id).launch, assessment.agreed)
    if agreed_flight != assessment.physics:
        reasons.append(f"{told.launch_id}: physics of the agreed values is not what is found here")
    return tuple(reasons)
