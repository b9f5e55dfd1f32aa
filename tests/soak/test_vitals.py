"""Does the soak say where memory or lag is not flat, and where it has seen too little to say that they are?"""

import pytest

from tests.soak.vitals import CALM_LAG, SHORTEST_LIFE_S, Look, Vitals

MB = 1 << 20


def seen(resident: list[int], lag: int = 0, seconds: float = SHORTEST_LIFE_S) -> Vitals:
    """Of one life, looked at every so often, and of one calm moment."""
    vitals = Vitals()
    for number, size in enumerate(resident):
        vitals.saw("a", Look(seconds * number / (len(resident) - 1), size))
    vitals.lags.append((10.0, lag))
    return vitals


def test_what_stays_as_it_was_when_it_had_settled_is_flat():
    vitals = seen([60 * MB] * 4 + [130 * MB] * 20, CALM_LAG)
    assert vitals.findings() == []
    assert vitals.shown() == [
        "memory of a, MB: 60 130 130 130 130 130 130 130",
        f"lag in calm moments: median {CALM_LAG}, largest {CALM_LAG} records",
    ]


@pytest.mark.parametrize(
    ("vitals", "says"),
    [
        (seen([130 * MB + 2 * number * MB for number in range(40)]), ["a grew from 154 to 204 MB"]),
        (seen([130 * MB] * 24, CALM_LAG + 1), ["401 records behind after 10 s, in a calm moment"]),
        (seen([130 * MB] * 24, seconds=SHORTEST_LIFE_S - 1), ["no worker lived for 120 s"]),
        (Vitals(), ["no worker lived for 120 s", "no moment was calm"]),
    ],
    ids=["memory", "lag", "short lives", "nothing"],
)
def test_what_is_not_flat_or_was_not_seen_is_a_finding(vitals: Vitals, says: list[str]):
    assert vitals.findings() == says
