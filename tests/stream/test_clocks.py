"""A clock that is set meanwhile accuses nobody."""

import pytest

from processor.stream import clocks
from schemas.instants import SECOND

HOUR = 3600 * SECOND


def test_a_clock_set_forward_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = clocks.wall_clock()
    monkeypatch.setattr(clocks, "wall_clock", lambda: told + HOUR)
    assert abs(clocks.wall() - told) < SECOND


def test_a_clock_set_back_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = clocks.wall_clock()
    monkeypatch.setattr(clocks, "wall_clock", lambda: told - HOUR)
    assert clocks.wall() == told - HOUR
