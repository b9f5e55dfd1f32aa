"""Does the demo show what it promises, go on where it was left, and end without a trace?"""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from processor.simulation.company import SEED, week
from tests.cli.conftest import Running

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(240)]

Start = Callable[..., Running]


def demo(start: Start, folder: Path, *words: object) -> Running:
    return start("demo", "--data", folder, "--port", 0, "--metrics-port", 0, *words, HANDOFF_PARTITIONS="3")


def test_a_week_that_is_left_goes_on_in_the_next_run_and_shows_all_that_a_company_learns(start: Start, tmp_path: Path):
    left = demo(start, tmp_path, "--minutes", 1)
    left.until("handoff tail handoff.escalations.v1 --broker 127.0.0.1:")
    assert "sales is called" in left.until("▼")
    family = left.family()
    assert "stopped; data stays" in left.end()
    assert left.process.wait() == 0
    assert psutil.wait_procs(family, timeout=0)[1] == []

    memory = tmp_path / "demo" / f"week-{SEED}" / "played"
    before, lines = int(memory.read_text()), len(list(week(SEED)))
    assert 0 < before < lines
    rest = demo(start, tmp_path, "--minutes", 0, "--exit-when-done")
    rest.until("from where the last run left it")
    family = rest.family()
    told = "".join(rest.lines)
    for first in ("the first warning", "the first breach", "the first return by the clock"):
        assert f"▼ {first}" in told
    assert "The week is over: handoffs 1" in told
    assert "dead letter" not in told
    assert rest.process.wait() == 0
    assert psutil.wait_procs(family, timeout=0)[1] == []
    assert int(memory.read_text()) == lines
