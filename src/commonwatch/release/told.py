"""Which fields a content tells, and the same content with no other than those that may go."""

from __future__ import annotations

from collections.abc import Collection

from commonwatch.release.bulletin import BoostState, Content


def fields_told(content: Content) -> tuple[str, ...]:
    """The paths, as agreements name them, of the fields that are known in it."""
    told = []
    if content.phase is not None:
        told.append("path/phase")
    if content.launch is not None:
        told.append("launch_point")
    if content.path is not None:
        told.append(_path_of_state(content))
    if content.burnout_s is not None:
        told.append("burnout")
    if content.impact is not None:
        told.append("expected_impact")
    if content.apogee is not None:
        told.append("apogee")
    return tuple(told)


def only_fields(content: Content, paths: Collection[str]) -> Content:
    """The content with those fields alone whose paths are given; the others read as not known."""
    return Content(
        phase=content.phase if "path/phase" in paths else None,
        launch=content.launch if "launch_point" in paths else None,
        path=content.path if _path_of_state(content) in paths else None,
        burnout_s=content.burnout_s if "burnout" in paths else None,
        impact=content.impact if "expected_impact" in paths else None,
        apogee=content.apogee if "apogee" in paths else None,
    )


def _path_of_state(content: Content) -> str:
    boosting = isinstance(content.path, BoostState)
    return "path/boost_state" if boosting else "path/state_information"
