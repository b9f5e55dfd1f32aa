"""Does the benchmark still measure what it says? How fast we are is not tested: CI's machines differ."""

import json

import pytest

from tests.benchmarks.bench import Scale, Size, measure
from tests.benchmarks.report import LIMIT, OURS, PEER, Figure, Report, write_readme

TINY = Scale(shell=Size(9_000, 300), whole=Size(9_000, 900), share=10, turns=1)


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(300)  # half a minute where the machine is free: two brokers and four workers start and end
def test_the_contestants_do_the_same_work_and_ours_is_the_limits_to_the_byte(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")  # a broker that lives for seconds
    report = measure(TINY, lambda _: None)  # which holds counts and states against each other
    assert [(figure.work, figure.who) for figure in report.figures] == [
        ("whole", OURS),
        ("whole", PEER),
        ("whole", LIMIT),
        ("shell", OURS),
        ("shell", PEER),
    ]
    assert all(figure.median > 0 for figure in report.figures)
    json.dumps(report.as_json())


def test_ratios_are_those_of_medians_within_one_work():
    ours = Figure("whole", OURS, 1_000, 100, (900.0, 1_000.0, 2_000.0))
    report = Report([ours, Figure("whole", PEER, 100, 10, (100.0, 50.0, 200.0)), Figure("shell", PEER, 100, 10, (1.0,))])
    assert report.ratio(ours, PEER) == 10
    assert report.ratio(ours, LIMIT) is None
    assert "| whole | Handoff | 1,000 | 1,000 | 55% | 10.0 |  |" in report.as_markdown()


def test_the_readme_keeps_all_but_its_figures(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n")
    report = Report([Figure("shell", PEER, 100, 10, (1.0,))])
    write_readme(report, readme)
    assert readme.read_text() == f"before\n<!-- figures -->\n{report.as_markdown()}<!-- /figures -->\nafter\n"
