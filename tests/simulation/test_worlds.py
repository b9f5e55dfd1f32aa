"""Does the agreement survive crashes, rebalances and a CRM that tells all too late? `worlds.py` runs more of these worlds, for hours."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from processor.simulation.worlds import Shape, lines
from schemas.cloudevents import decode_line
from schemas.errors import BadRecord
from schemas.signals import CrmHeartbeat
from tests.checker.history import read_lines
from tests.checker.policies import read_policies
from tests.simulation.shell import Batch, Part
from tests.simulation.worlds import live, remembered, report

SAMPLE_POLICIES = Path(__file__).parents[2] / "deploy/samples/policies"
WORLDS, SECONDS = 150, 40.0
FEWEST = 30  # however slow the machine is


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_no_world_breaks_the_agreement() -> None:
    until = time.monotonic() + SECONDS
    worlds, wrong = 0, []
    while worlds < WORLDS and (worlds < FEWEST or time.monotonic() < until):
        outcome = live(worlds)
        worlds += 1
        if outcome.wrong:
            wrong.append(report(outcome))
    assert not wrong, "\n".join(wrong)


class Leaky(Part):
    """A broker that shows the outputs of a transaction and loses its offsets, as a shell does that commits them apart."""

    def commit(self, epoch: int, batch: Batch) -> bool:
        before = self.position
        fine = super().commit(epoch, batch)
        self.position = before if len(self.events) % 7 == 3 else self.position
        return fine


class Stale(Part):
    """A broker that fences nobody."""

    def commit(self, epoch: int, batch: Batch) -> bool:
        assert epoch <= self.epoch
        return super().commit(self.epoch, batch)


class Forgetful(Part):
    """A broker that loses the last state of a log, when all is said that followed from it."""

    def commit(self, epoch: int, batch: Batch) -> bool:
        fine = super().commit(epoch, batch)
        if fine and self.position == len(self.log) and self.states:
            self.states.popitem()
        return fine


def test_a_state_that_is_not_the_fold_of_the_input_is_caught_though_all_that_was_said_is_right() -> None:
    found = [{violation.rule.split(":")[0] for violation in live(seed, Forgetful).wrong} for seed in range(6)]
    assert {"I7"} in found


def test_what_is_left_of_a_lead_that_had_to_be_forgotten_is_found() -> None:
    common = {"specversion": "1.0", "source": "crm", "subject": "A", "time": "2026-11-09T08:00:00Z"}
    told: list[dict[str, Any]] = [
        {"id": "1", "type": "crm.profile", "data": {"attributes": {"company": "Firm 155"}}},
        {"id": "2", "type": "crm.erased"},
    ]
    history = read_lines([json.dumps(common | signal).encode() for signal in told], read_policies(SAMPLE_POLICIES))
    part = Part(0, [])
    part.states[b"A"] = b"A, erased, 2 cycles"
    assert list(remembered(history, {0: part})) == []
    part.states[b"A"] = b"A of Firm 155, erased, 2 cycles"
    [violation] = remembered(history, {0: part})
    assert (violation.rule.split(",")[0], violation.lead) == ("I13", "A")


@pytest.mark.parametrize("broken", [Leaky, Stale])
def test_a_shell_that_is_not_exact_is_caught(broken: type[Part]) -> None:
    assert any(violation.rule.startswith("section 9") for seed in range(8) for violation in live(seed, broken).wrong)


def test_a_world_is_the_same_for_the_same_seed() -> None:
    shape = Shape(11, 20, 10, hard=True)
    assert list(lines(shape)) == list(lines(shape))
    assert list(lines(shape)) != list(lines(shape._replace(seed=12)))


@pytest.mark.parametrize("hard", [False, True])
def test_a_log_is_in_the_order_in_which_it_was_written_from_heartbeat_to_heartbeat(hard: bool) -> None:
    read, bad = [], 0
    for line in lines(Shape(5, 60, 14, hard)):
        try:
            read.append(decode_line(line))
        except BadRecord:
            bad += 1
    assert isinstance(read[0].signal.data, CrmHeartbeat)
    assert isinstance(read[-1].signal.data, CrmHeartbeat)
    assert [line.logged for line in read] == sorted(line.logged for line in read)
    assert bad == 0 or hard
    assert bad > 5 or not hard
    twice = len(read) - len({(line.signal.source, line.signal.id) for line in read})
    assert (twice > 30) == hard


def test_a_failure_says_which_sentence_is_broken_and_how_to_see_it_again() -> None:
    outcome = live(3, Leaky)
    assert outcome.wrong
    text = report(outcome)
    assert "python -m tests.simulation.worlds --seed 3" in text
    assert "rule: section 9" in text
