"""Published launches fly again, and sensor sets move with a launch."""

import pytest
from pyproj import Geod

from commonwatch.catalogue.published import load
from commonwatch.errors import UnusableInput
from commonwatch.trajectory.geodesic import Place
from commonwatch.utc import parse_utc
from commonwatch.world.notional_sensors import (
    REFERENCE_AZIMUTH_DEG,
    REFERENCE_LAUNCH,
    moved_sensors,
    notional_sensors,
)
from commonwatch.world.scenes import lift_off_of, observe_launch

WGS84 = Geod(ellps="WGS84")


def test_the_launch_of_2023_03_16_is_flown_as_published():
    """Ministry of Defense of Japan: about 6,000 km up, about 1,000 km far, about 70 minutes."""
    published = load().find("NK20230315-01")
    plots, flight = observe_launch(published, notional_sensors(), seed=1)
    assert flight.lift_off_s == parse_utc("2023-03-15T22:09:00Z")
    assert flight.apogee_height_m / 1e3 == pytest.approx(6045.0, abs=1.0)
    assert flight.impact.time_s / 60.0 == pytest.approx(70.0, abs=2.0)
    _, _, distance_m = WGS84.inv(
        flight.launch.lon_deg,
        flight.launch.lat_deg,
        flight.impact.place.lon_deg,
        flight.impact.place.lat_deg,
    )
    assert distance_m / 1e3 == pytest.approx(1000.2, abs=1.0)
    assert {plot.sensor for plot in plots} == {one.id for one in notional_sensors()}
    assert observe_launch(published, notional_sensors(), seed=1)[0] == plots


def test_a_launch_without_figures_is_refused():
    catalogue = load()
    unknown = next(launch for launch in catalogue.launches if launch.apogee_km is None)
    with pytest.raises(UnusableInput, match=unknown.id):
        observe_launch(unknown, notional_sensors(), seed=1)


def test_a_glide_is_refused_with_the_reason():
    glide = load().find("NK20230319-01")
    with pytest.raises(UnusableInput, match="glides"):
        observe_launch(glide, notional_sensors(), seed=1)


def test_a_day_without_a_time_starts_at_midnight_and_a_month_is_refused():
    launches = load().launches
    day = next(x for x in launches if x.launch_time is None and len(x.date_utc) == 10)
    assert lift_off_of(day) == parse_utc(f"{day.date_utc}T00:00:00Z")
    month = next(x for x in launches if len(x.date_utc) == 7)
    with pytest.raises(UnusableInput, match="day"):
        lift_off_of(month)


@pytest.mark.parametrize(
    ("launch", "azimuth_deg"),
    [
        (Place(39.2, 125.67), REFERENCE_AZIMUTH_DEG),
        (Place(0.5, -179.9), 270.0),
        (Place(-64.0, 179.5), 5.0),
        (Place(77.0, 10.0), 100.0),
    ],
)
def test_moved_sensors_keep_distance_and_relative_bearing(launch, azimuth_deg):
    """Against PROJ's geodesics."""
    moved = moved_sensors(notional_sensors(), launch, azimuth_deg)
    for before, after in zip(notional_sensors(), moved, strict=True):
        if before.kind == "infrared":
            assert (after.lat_deg, after.height_m) == (before.lat_deg, before.height_m)
            continue
        bearing, _, distance = WGS84.inv(
            REFERENCE_LAUNCH.lon_deg, REFERENCE_LAUNCH.lat_deg, before.lon_deg, before.lat_deg
        )
        turned, _, same = WGS84.inv(launch.lon_deg, launch.lat_deg, after.lon_deg, after.lat_deg)
        assert same == pytest.approx(distance, abs=20.0)
        turn = (turned - bearing - azimuth_deg + REFERENCE_AZIMUTH_DEG + 180.0) % 360.0 - 180.0
        assert turn == pytest.approx(0.0, abs=0.01)
        assert -180.0 <= after.lon_deg <= 180.0
