"""A few numbers of the notional passes with known truth that this project was given.

An independent integrator flew them (gravity to J4, US Standard Atmosphere 1976, drag by ballistic
coefficient). Their boosters are the templates of commonwatch.world.boosters.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownPass:
    name: str
    lift_off: str
    launch: tuple[float, float]
    burnout_s: float
    state_after_burnout: tuple[float, ...]
    ballistic_coefficient_kg_m2: float
    apogee_s: float
    apogee_m: float
    impact_s: float
    impact: tuple[float, float]


# Source: notional pass lofted-icbm, truth.json.
LOFTED_ICBM = KnownPass(
    "lofted-icbm",
    "2023-03-15T22:10:00Z",
    (39.2, 125.67),
    241.652037,
    (-3272361.214, 4378677.044, 4478448.761, -3777.923, 3558.994, 4620.811),
    6000.0,
    2141.692140,
    6045074.8,
    4133.575772,
    (41.506241, 137.088841),
)
# Source: notional pass biased-icbm, truth.json.
BIASED_ICBM = KnownPass(
    "biased-icbm",
    "2022-11-18T01:14:00Z",
    (39.2, 125.67),
    241.631182,
    (-3272243.473, 4378660.328, 4478326.485, -3776.874, 3558.891, 4619.727),
    6000.0,
    2140.397689,
    6040973.3,
    4131.004541,
    (41.504511, 137.077061),
)
# Source: notional pass overflight-irbm, truth.json.
OVERFLIGHT_IRBM = KnownPass(
    "overflight-irbm",
    "2022-10-03T22:22:00Z",
    (40.61, 126.43),
    200.138144,
    (-3238152.57, 3780829.586, 4323497.388, -4401.647, -1524.405, 2334.233),
    6000.0,
    747.974809,
    970000.2,
    1369.848832,
    (33.939273, 178.5102),
)
# Source: notional pass salvo-srbm, truth.json, objects L1 and L5.
SALVO_SRBM_1 = KnownPass(
    "salvo-srbm L1",
    "2022-06-05T00:08:00Z",
    (39.2, 125.67),
    80.203902,
    (-2951597.246, 4005115.339, 4045560.882, -1920.103, -639.696, 956.907),
    6000.0,
    209.302495,
    109997.6,
    378.636068,
    (39.932364, 132.606588),
)
SALVO_SRBM_5 = KnownPass(
    "salvo-srbm L5",
    "2022-06-05T00:15:00Z",
    (39.66, 124.7),
    72.080319,
    (-2846643.88, 4032562.857, 4080873.904, -1442.758, -488.569, 873.89),
    6000.0,
    174.140179,
    78000.2,
    315.985418,
    (40.464209, 129.040342),
)
BALLISTIC = (LOFTED_ICBM, BIASED_ICBM, OVERFLIGHT_IRBM, SALVO_SRBM_1, SALVO_SRBM_5)

# Source: bounds.json of the same passes: 1-sigma semi-axes in metres, by group and checkpoint. The
# later ones, where chance has averaged out which plots there were.
LOFTED_ICBM_BOUNDS = {
    ("ALL", "burnout+60s"): (1907.7, 470.3),
    ("ALL", "burnout+120s"): (705.3, 184.7),
    ("ALL", "apogee"): (228.3, 114.4),
    ("ALL", "impact-60s"): (8.0, 2.3),
    ("JPN", "burnout+120s"): (719.0, 186.4),
    ("JPN", "apogee"): (279.1, 115.6),
    ("KOR", "impact-60s"): (107.0, 19.2),
}
OVERFLIGHT_IRBM_BOUNDS = {
    ("ALL", "burnout+60s"): (972.9, 156.0),
    ("ALL", "burnout+120s"): (264.3, 58.6),
    ("ALL", "apogee"): (18.5, 9.0),
    ("ALL", "impact-60s"): (16.5, 8.0),
    ("JPN", "apogee"): (20.5, 14.8),
    ("KOR", "impact-60s"): (404.6, 130.9),
}
BIASED_ICBM_BOUNDS = {
    ("ALL", "burnout+60s"): (1989.2, 493.3),
    ("ALL", "burnout+120s"): (934.4, 220.0),
    ("ALL", "apogee"): (545.6, 171.0),
    ("ALL", "impact-60s"): (12.1, 7.6),
    ("JPN", "apogee"): (1702.6, 181.6),
    ("KOR", "impact-60s"): (189.3, 23.4),
}
