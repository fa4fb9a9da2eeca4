"""Where a place on Earth lies in a picture: the flat map, and the globe seen from space.

The pictures stand on a sphere: at their scale the flattening of the Earth (1 in 298) is less than a
line's width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from commonwatch.report.svg import Point

IUGG_MEAN_EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 of the GRS 80 ellipsoid (Moritz 2000, Geodetic Reference System 1980)."""

Vector = tuple[float, float, float]


def unit_vector(lat_deg: float, lon_deg: float) -> Vector:
    """Direction of a place from the centre of the Earth."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    return (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))


def place(direction: Vector) -> tuple[float, float]:
    """Latitude and longitude, degrees, of a direction of any length but zero."""
    x, y, z = direction
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def combine(a: Vector, scale_a: float, b: Vector, scale_b: float) -> Vector:
    """`a * scale_a + b * scale_b`."""
    return (
        a[0] * scale_a + b[0] * scale_b,
        a[1] * scale_a + b[1] * scale_b,
        a[2] * scale_a + b[2] * scale_b,
    )


def normalised(a: Vector) -> Vector:
    """`a` with length one; `a` must not be zero."""
    length = math.sqrt(dot(a, a))
    return (a[0] / length, a[1] / length, a[2] / length)


def ground_range_km(a: Vector, b: Vector) -> float:
    """Great-circle distance between two unit vectors, exact at any distance."""
    crossed = cross(a, b)
    return IUGG_MEAN_EARTH_RADIUS_KM * math.atan2(math.sqrt(dot(crossed, crossed)), dot(a, b))


def destination(
    lat_deg: float, lon_deg: float, azimuth_deg: float, distance_km: float
) -> tuple[float, float]:
    """The place `distance_km` away along a great circle that starts at `azimuth_deg` from north."""
    here = unit_vector(lat_deg, lon_deg)
    lon = math.radians(lon_deg)
    east = (-math.sin(lon), math.cos(lon), 0.0)
    north = cross(here, east)
    azimuth = math.radians(azimuth_deg)
    heading = combine(north, math.cos(azimuth), east, math.sin(azimuth))
    angle = distance_km / IUGG_MEAN_EARTH_RADIUS_KM
    return place(combine(here, math.cos(angle), heading, math.sin(angle)))


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse on the ground: semi-axes in km, azimuth of the long one clockwise from north."""

    lat_deg: float
    lon_deg: float
    semi_major_km: float
    semi_minor_km: float
    azimuth_deg: float

    def outline(self, count: int = 72) -> list[tuple[float, float]]:
        """`count` places on it, the first repeated at the end."""
        places = []
        for k in range(count + 1):
            turn = 2.0 * math.pi * k / count
            along = self.semi_major_km * math.cos(turn)
            across = self.semi_minor_km * math.sin(turn)
            azimuth = self.azimuth_deg + math.degrees(math.atan2(across, along))
            places.append(
                destination(self.lat_deg, self.lon_deg, azimuth, math.hypot(along, across))
            )
        return places


@dataclass(frozen=True, slots=True)
class AzimuthalEquidistant:
    """Map in which distances and directions from the centre are true.

    Snyder 1987, USGS Professional Paper 1395, p. 191.
    """

    centre: Vector
    east: Vector
    north: Vector

    def km(self, lat_deg: float, lon_deg: float) -> Point:
        """Kilometres east and north of the centre on the map; the antipode lands on the rim."""
        return self.km_of(unit_vector(lat_deg, lon_deg))

    def km_of(self, here: Vector) -> Point:
        """The same for a place given as a unit vector."""
        x, y, z = dot(here, self.east), dot(here, self.north), dot(here, self.centre)
        rho = math.hypot(x, y)
        if rho == 0.0:
            return (0.0, 0.0)
        stretch = IUGG_MEAN_EARTH_RADIUS_KM * math.atan2(rho, z) / rho
        return (x * stretch, y * stretch)


def azimuthal_equidistant(lat_deg: float, lon_deg: float) -> AzimuthalEquidistant:
    """The map about a place."""
    lon = math.radians(lon_deg)
    centre = unit_vector(lat_deg, lon_deg)
    east = (-math.sin(lon), math.cos(lon), 0.0)
    return AzimuthalEquidistant(centre, east, cross(centre, east))


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera in space that looks at the centre of the Earth; lengths in Earth radii.

    `outward` points from the Earth's centre to the camera, `right` and `up` span the picture.
    """

    outward: Vector
    right: Vector
    up: Vector
    distance: float

    def see(self, position: Vector) -> Point:
        """Picture coordinates, y upwards; the Earth's outline is the circle of radius `limb`."""
        scale = 1.0 / (self.distance - dot(position, self.outward))
        return (dot(position, self.right) * scale, dot(position, self.up) * scale)

    @property
    def limb(self) -> float:
        """Radius of the Earth's outline in picture coordinates."""
        return 1.0 / math.sqrt(self.distance**2 - 1.0)

    def hides(self, position: Vector) -> bool:
        """Whether the Earth stands between the camera and a point on or above the ground."""
        behind_limb_plane = dot(position, self.outward) < 1.0 / self.distance
        return behind_limb_plane and math.hypot(*self.see(position)) < self.limb

    def onto_limb(self, position: Vector) -> Point:
        """The point of the outline nearest to a hidden one, so that areas end at the horizon."""
        x, y = dot(position, self.right), dot(position, self.up)
        rho = math.hypot(x, y) or 1.0
        return (x / rho * self.limb, y / rho * self.limb)


def side_camera(
    launch: Vector, impact: Vector, *, tilt_deg: float, roll_deg: float, distance: float
) -> Camera:
    """A camera that sees the arc from its equator's side, `tilt_deg` from overhead."""
    middle = normalised(combine(launch, 0.5, impact, 0.5))
    along = combine(impact, 1.0, launch, -1.0)
    if dot(along, along) < 1e-12:
        along = (-middle[1], middle[0], 0.0)
    side = normalised(cross(middle, along))
    if abs(middle[2] + side[2]) > abs(middle[2] - side[2]):
        side = combine(side, -1.0, side, 0.0)
    tilt, roll = math.radians(tilt_deg), math.radians(roll_deg)
    outward = combine(middle, math.cos(tilt), side, math.sin(tilt))
    upward = combine(middle, math.sin(tilt), side, -math.cos(tilt))
    rightward = cross(upward, outward)
    up = combine(upward, math.cos(roll), rightward, math.sin(roll))
    right = combine(rightward, math.cos(roll), upward, -math.sin(roll))
    return Camera(outward, right, up, distance)
