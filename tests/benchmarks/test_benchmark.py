"""Does the benchmark still measure what it says? How fast we are is not tested: CI's machines differ.

The parts that are left out here start as many processes again; `make bench QUICK=1` looks at all of them.
"""

import json

import pytest

from tests.benchmarks.bench import QUICK, measure
from tests.benchmarks.business_time import BusinessTime
from tests.benchmarks.deadlines import Deadlines
from tests.benchmarks.growth import Growth
from tests.benchmarks.peers.fetched import Unavailable
from tests.benchmarks.report import FAUST, LIMIT, OURS, Figure, Gap, Kind, Report, Target, write_readme
from tests.benchmarks.throughput import Size, Throughput
from tests.benchmarks.turns import Asked, Contestant, in_turns

TINY = QUICK._replace(  # without the peers that are fetched
    whole=Throughput(Size(9_000, 900), 10, 1, "none"),
    deadlines=Deadlines(500, 1),
    growth=Growth((100, 1_000), 600),
    business_time=BusinessTime(1_000, 1, peers=False),
)
SPEED, DELAY = Kind("speed", "signals/s", "more"), Kind("delay", "ms", "less")


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(300)  # half a minute where the machine is free
def test_the_contestants_do_the_same_work_and_ours_is_the_limits_to_the_byte(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")  # brokers that live for seconds
    report = measure(TINY, print, ["whole", "deadlines"])  # which holds counts and states against each other
    assert [(row.kind.name, row.who) for row in report.rows if isinstance(row, Figure)] == [
        ("whole", OURS),
        ("whole", LIMIT),
        ("whole", FAUST),
        ("deadlines at one instant, all published", OURS),
        ("meanwhile the event loop was held up for", OURS),
    ]
    json.dumps(report.as_json())


@pytest.mark.slow
def test_growth_and_business_time_are_measured_and_answers_agree():
    report = measure(TINY, print, ["growth", "business_time"])
    assert [row for row in report.rows if isinstance(row, Gap)] == []
    assert len(report.rows) == 2 + 3 + 1


def test_better_is_by_medians_and_by_what_is_better():
    quick, slow = Figure(SPEED, OURS, "", (900.0, 1_000.0, 2_000.0)), Figure(SPEED, FAUST, "", (100.0, 50.0, 200.0), Target(30, "≥ 30 ×"))
    short, long = Figure(DELAY, OURS, "", (20.0,), Target(50, "≤ 50 ms")), Figure(DELAY, FAUST, "", (80.0,))
    report = Report([quick, slow, short, long])
    assert (report.better(slow), report.better(long), report.better(quick)) == (10, 4, None)
    assert (report.met(slow), report.met(short), report.met(long)) == (False, True, None)
    assert "| speed | plain Faust |  | 100 signals/s | 75% | 10.0 × | ≥ 30 ×, missed |" in report.as_markdown()


def test_who_fails_or_is_not_there_is_said_and_the_others_go_on():
    def failing(turn: int) -> list[float]:
        if turn == 2:
            raise RuntimeError("it is\nover")
        return [1.0]

    def missing(_: int) -> list[float]:
        raise Unavailable("no JDK")

    asked = [Asked(SPEED, "")]
    rows = in_turns([Contestant("a", asked, failing), Contestant("b", asked, missing), Contestant(OURS, asked, lambda _: [2.0])], 3, print)
    assert rows == [
        Figure(SPEED, OURS, "", (2.0, 2.0, 2.0)),
        Figure(SPEED, "a", "", (1.0,)),
        Gap(SPEED, "a", "failed: RuntimeError: it is over"),
        Gap(SPEED, "b", "skipped: no JDK"),
    ]
    assert "| speed | b |  | skipped: no JDK |  |  |  |" in Report(rows).as_markdown()


def test_the_readme_keeps_all_but_its_figures(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n")
    report = Report([Figure(SPEED, FAUST, "", (1.0,))])
    write_readme(report, readme)
    assert readme.read_text() == f"before\n<!-- figures -->\n{report.as_markdown()}<!-- /figures -->\nafter\n"
