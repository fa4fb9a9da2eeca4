"""What `agreement propose` asks, and how an answer becomes a key of an agreement's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from commonwatch.errors import UnusableInput


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the key that it fills, its option, its words, how the answer is read.

    `usual` is the answer where none is given; None: it must be answered.
    """

    key: str
    option: str
    words: str
    read: Callable[[str], object]
    usual: str | None = None


def _text(answer: str) -> str:
    return answer.strip()


def _id(answer: str) -> str:
    if not answer.strip():
        raise UnusableInput("no id: an agreement is known by it; write one, as in KOR-JPN")
    return answer.strip()


def _purpose(answer: str) -> str:
    if not answer.strip():
        raise UnusableInput("no purpose: what is released is bound to it; write one")
    return answer.strip()


def _names(answer: str) -> list[str]:
    return [name.strip() for name in answer.split(",") if name.strip()]


def _count(answer: str) -> int:
    try:
        return int(answer)
    except ValueError as error:
        raise UnusableInput(f"`{answer[:40]}` is no whole number") from error


def _number(answer: str) -> float:
    try:
        return float(answer)
    except ValueError as error:
        raise UnusableInput(f"`{answer[:40]}` is no number") from error


def _days(answer: str) -> float | None:
    return None if answer.strip() == "none" else _number(answer)


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    bad = next((word for word, (_name, equals, value) in zip(words, pairs, strict=True)
                if not equals or not value), None)  # fmt: skip
    if bad is not None:
        raise UnusableInput(f"`{bad[:40]}`: write name=value")
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def _fields(answer: str) -> list[dict[str, object]]:
    """`launch_point, expected_impact precision_m=1000 delay_s=60`."""
    entries = []
    for entry in _names(answer):
        path, *rest = entry.split()
        numbers: dict[str, object] = {name: _number(value) for name, value in _pairs(rest).items()}
        entries.append({"path": path, "article": "agreed on this field", **numbers})
    return entries


def _some_fields(answer: str) -> list[dict[str, object]]:
    entries = _fields(answer)
    if not entries:
        raise UnusableInput("no field: nothing could go; name one, as in launch_point")
    return entries


def _levels(answer: str) -> list[dict[str, object]]:
    """`CONFIDENTIAL: KOR=A, JPN=B; SECRET: KOR=C, JPN=D|E`, the lowest first."""
    rows: list[dict[str, object]] = []
    for row in (part.strip() for part in answer.split(";") if part.strip()):
        common, colon, markings = row.partition(":")
        if not colon:
            raise UnusableInput(f"level `{row[:40]}`: write NAME: KOR=..., JPN=...")
        held = _pairs(_names(markings))
        rows.append(
            {"common": common.strip(), **{who: names.split("|") for who, names in held.items()}}
        )
    return rows


def _floor(answer: str) -> dict[str, object] | None:
    """`time_s=60 place_m=50000 heading_deg=45`, or `none`."""
    if answer.strip() == "none":
        return None
    told = _pairs(answer.split())
    if set(told) != {"time_s", "place_m", "heading_deg"}:
        raise UnusableInput(f"floor `{answer[:60]}`: write time_s=60 place_m=50000 heading_deg=45")
    return {
        "article": "agreed floor: something was launched, roughly where from and whither, when",
        "time_precision_s": _number(told["time_s"]),
        "position_precision_m": _number(told["place_m"]),
        "heading_precision_deg": _number(told["heading_deg"]),
    }


def _products(answer: str) -> list[dict[str, object]]:
    """`trajectory: path delay_s=60, apogee; joint assessment: apogee`."""
    entries = [entry.partition(":") for entry in answer.split(";") if entry.strip()]
    return [{"name": name.strip(), "field": _fields(fields)} for name, _colon, fields in entries]


def _duration(answer: str) -> dict[str, object] | None:
    """`years=1 extended_by_years=1`, `start=2027-01-01 end=2028-01-01`, or `none`."""
    if answer.strip() == "none":
        return None
    counts = {"years", "extended_by_years"}
    return {
        name: _count(value) if name in counts else value
        for name, value in _pairs(answer.split()).items()
    }


def _parents(answer: str) -> list[dict[str, object]]:
    """`KOR-USA 1 KOR+USA, JPN-USA 1 JPN+USA`."""
    entries = []
    for entry in _names(answer):
        words = entry.split()
        if len(words) != 3:
            raise UnusableInput(f"parent `{entry[:40]}`: write ID REVISION KOR+USA")
        entries.append(
            {"id": words[0], "revision": _count(words[1]), "parties": words[2].split("+")}
        )
    return entries


QUESTIONS: tuple[Question, ...] = (
    Question("id", "--id", "Id, as in KOR-JPN", _id),
    Question("title", "--title", "Title", _text),
    Question("parties", "--parties", "Parties, as in KOR,JPN", _names),
    Question("purpose", "--purpose", "Purpose", _purpose, "launch warning"),
    Question("sensor_kinds", "--sensor-kinds", "Classes of sensors covered", _names,
             "radar,infrared"),
    Question("sensors", "--sensors", "Further sensors covered, by name", _names, ""),
    Question("field", "--fields", "Fields that may go, each with its precision and delay",
             _some_fields,
             "launch_point, path, burnout, apogee, expected_impact"),
    Question("further_product", "--further-products",
             "Further products and what of each may go, as in trajectory: path delay_s=60; ...",
             _products, ""),
    Question("level", "--levels",
             "Equal levels, the lowest first, as in SECRET: KOR=A, JPN=B|C; ...", _levels),
    Question("ceiling", "--ceiling", "Highest level that may go", _text),
    Question("categories", "--categories", "Categories that labels may bear", _names,
             "launch-warning"),
    Question("floor", "--floor", "Floor bulletin, or none", _floor,
             "time_s=60 place_m=50000 heading_deg=45"),
    Question("duration", "--duration", "Duration, or none", _duration,
             "years=1 extended_by_years=1"),
    Question("notice_days", "--notice-days", "Days of notice", _count, "90"),
    Question("parent", "--parents", "Agreements that it rests on, as in KOR-USA 1 KOR+USA",
             _parents, ""),
    Question("hub", "--hub", "Hub through which the others exchange", _text, ""),
    Question("source", "--source", "Where the text comes from", _text,
             "proposed with commonwatch agreement propose"),
    Question("keep_days", "--keep-days", "Days that what is received may be kept, or none", _days,
             "none"),
)  # fmt: skip


def answered(
    given: dict[str, str], before: dict[str, object], ask: Callable[[Question], str] | None
) -> dict[str, object]:
    """The file's keys: from what was given, else as `before`, else asked, else what is usual.

    UnusableInput names the options of what is missing where nobody can be asked.
    """
    missing = [
        question.option
        for question in QUESTIONS
        if question.key not in given and question.key not in before and question.usual is None
    ]
    if missing and ask is None:
        raise UnusableInput(
            f"missing: {', '.join(missing)}; give them, or --like ID, or --from FILE, "
            "or answer the questions on a terminal"
        )
    keys: dict[str, object] = dict(before)
    for question in QUESTIONS:
        if question.key in given:
            keys[question.key] = _read(question, given[question.key])
        elif question.key not in before:
            keys[question.key] = _asked(question, ask if missing else None)
    return {key: value for key, value in keys.items() if value not in (None, "")}


def _asked(question: Question, ask: Callable[[Question], str] | None) -> object:
    return _read(question, (question.usual or "") if ask is None else ask(question))


def _read(question: Question, answer: str) -> object:
    try:
        return question.read(answer)
    except UnusableInput as error:
        raise UnusableInput(f"{question.option}: {error}") from error
