"""`launches` and `reconstruct` as their contract has them."""

from __future__ import annotations

import json

import pytest

from commonwatch.cli.app import run

LAUNCH = ("--launch", "39.2,125.67")
LOFTED = (*LAUNCH, "--apogee-km", "6045", "--range-km", "1000.2")
CONTRACT_KEYS = {
    "kind": str,
    "ballistic": bool,
    "flight_time_s": float,
    "flight_time_sigma_s": float,
    "impact": dict,
    "apogee_km": float,
    "range_km": float,
    "burnout_speed_m_s": float,
    "consistent": bool,
    "why": str,
}


def answered(capfd, *arguments: str) -> dict:
    assert run([*arguments, "--json"]) == 0
    out = capfd.readouterr().out
    assert out.count("\n") == 1
    return json.loads(out)


def test_the_answer_has_the_keys_of_the_contract(capfd):
    answer = answered(
        capfd, "reconstruct", *LOFTED, "--azimuth-deg", "72", "--flight-time-s", "4151"
    )
    assert {key: type(answer[key]) for key in CONTRACT_KEYS} == CONTRACT_KEYS
    assert answer["kind"] == "reconstruction"
    assert set(answer["impact"]) == {"lat_deg", "lon_deg"}
    assert answer["flight_time_s"] == pytest.approx(4151, rel=0.02)
    assert answer["consistent"]


def test_a_glide_is_named_and_not_fitted(capfd):
    answer = answered(capfd, "reconstruct", "--id", "NK20250106-01")
    assert answer["ballistic"] is False
    assert answer["consistent"] is False
    assert answer["flight_time_s"] is None
    assert "it glides or skips" in answer["why"]


def test_a_published_launch_gives_its_figures(capfd):
    answer = answered(capfd, "reconstruct", "--id", "NK20230315-01")
    assert (answer["apogee_km"], answer["range_km"]) == (6045.0, 1000.2)
    assert answer["published_flight_time_s"] == 4151.0
    # Published: 200 km west of Oshima-Oshima, good to about 60 km.
    assert answer["impact"]["lat_deg"] == pytest.approx(41.49, abs=0.3)
    assert answer["impact"]["lon_deg"] == pytest.approx(136.97, abs=0.4)


def test_what_is_given_goes_before_the_catalogue(capfd):
    answer = answered(capfd, "reconstruct", "--id", "NK20220324-01", "--flight-time-s", "4050")
    assert answer["ballistic"] is True
    assert answer["consistent"] is False
    assert "shorter than free fall" in answer["why"]


def test_the_southern_and_western_hemispheres(capfd):
    answer = answered(
        capfd,
        *("reconstruct", "--launch", "-33.9,-70.5", "--apogee-km", "300", "--range-km", "800"),
        *("--impact", "-40.5,-74.8"),
    )
    assert answer["impact"]["lat_deg"] < -40.0
    assert answer["flight_time_s"] > 500.0


def test_people_get_lines(capfd):
    assert run(["reconstruct", *LOFTED]) == 0
    out = capfd.readouterr().out
    assert "flight time" in out
    assert "assumed: no direction is given" in out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--apogee-km", "6045"), "needs --launch LAT,LON and --range-km R"),
        (("--launch", "39.2", "--apogee-km", "1", "--range-km", "1"), "LAT,LON in degrees"),
        (("--launch", "nan,1", "--apogee-km", "1", "--range-km", "1"), "LAT,LON in degrees"),
        ((*LAUNCH, "--apogee-km", "nan", "--range-km", "500"), "apogee is nan km"),
        ((*LAUNCH, "--apogee-km", "x", "--range-km", "500"), "--apogee-km"),
        ((*LAUNCH, "--apogee-km", "100", "--range-km", "25000"), "range is 25000 km"),
        ((*LOFTED, "--azimuth-deg", "1", "--impact", "41,137"), "both an azimuth and an impact"),
        (("--id", "NK19840409-01"), "no published figure for --apogee-km H"),
        (("--id", "nonsense"), "no published launch has the id"),
    ],
)
def test_unusable_arguments_are_one_line_and_status_2(capfd, arguments, reason):
    assert run(["reconstruct", *arguments]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert reason in captured.err


def test_all_published_launches_are_listed(capfd):
    answer = answered(capfd, "launches")
    assert answer["kind"] == "launches"
    assert answer["count"] == len(answer["launches"]) == 349


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (("--grade", "A", "--class", "hgv"), {"NK20250106-01"}),
        (("--missile", "hwasong-19"), {"NK20241030-01"}),
        (("--min-apogee-km", "6600"), {"NK20230712-01", "NK20241030-01"}),
        (("--since", "2023-06-15", "--until", "2023-06"), {"NK20230615-01", "NK20230615-02"}),
        (("--reporter", "us pacom", "--class", "ICBM"), {"NK20170704-01"}),
        (("--until", "1984-04"), {"NK19840409-01", "NK19840409-02", "NK19840409-03"}),
        (("--missile", "no such"), set()),
    ],
)
def test_filters(capfd, filters, ids):
    answer = answered(capfd, "launches", *filters)
    assert {launch["id"] for launch in answer["launches"]} == ids


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (("--grade", "Q"), "A, B, C, D, X"),
        (("--class", "boat"), "ICBM"),
        (("--since", "yesterday"), "YYYY-MM-DD"),
    ],
)
def test_unusable_filters_say_what_there_is(capfd, filters, reason):
    assert run(["launches", *filters]) == 2
    assert reason in capfd.readouterr().err


def test_the_plain_list_has_a_line_for_each_launch(capfd):
    assert run(["launches", "--grade", "A"]) == 0
    header, *lines = capfd.readouterr().out.splitlines()
    assert header.split()[0] == "id"
    assert len(lines) == 11


def test_one_launch_is_shown_with_all_statements_and_sources(capfd):
    assert run(["launches", "show", "NK20170704-01"]) == 0
    out = capfd.readouterr().out
    for said in ("grade A", "KCNA", "2340 s (minute)", ">2500 km", "US PACOM", "https://"):
        assert said in out
    answer = answered(capfd, "launches", "show", "NK20170704-01")
    assert [each["reporter"] for each in answer["statements"]] == [
        "KCNA",
        "JP MOD",
        "ROK JCS",
        "US PACOM",
    ]
