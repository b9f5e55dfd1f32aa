"""Does the demo tell every event of the sample in a line that a reader understands, and fit it to a terminal?"""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from processor.cli import screen as screens
from processor.cli.screen import Screen
from processor.cli.sentences import WORDS, gist
from processor.policy_file import load_policies
from processor.replay import replay
from schemas.events import EVENTS, LIFECYCLE
from tests.cli.conftest import POLICY, SAMPLE

WARSAW = "Europe/Warsaw"


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    with (SAMPLE / "week.jsonl").open("rb") as lines:
        return [json.loads(line) for line in replay(lines, load_policies(POLICY), "/handoff/test")]


def shown(events: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, width: int | None = None) -> list[str]:
    """On a terminal of that width; on something else without one."""
    out = io.StringIO()
    with monkeypatch.context() as patched:
        console = Console(file=out, highlight=False, force_terminal=width is not None, width=width, color_system=None)
        patched.setattr(screens, "Console", lambda **_: console)
        screen = Screen(WARSAW)
    for event in events:
        screen.show(event)
    return out.getvalue().splitlines()


def test_every_type_that_is_no_audit_trail_has_a_word():
    assert WORDS.keys() == {name for name, (topic, _) in EVENTS.items() if topic != LIFECYCLE}


def test_every_event_of_the_sample_is_told(events: list[dict[str, Any]]):
    assert not [event["id"] for event in events if event["type"] in WORDS and not gist(event, WARSAW)]


def test_a_breach_says_what_was_due_when_and_who_is_told(events: list[dict[str, Any]]):
    breach = next(event for event in events if event["type"] == "handoff.breached")
    assert (
        gist(breach | {"data": breach["data"] | {"due": "2026-11-09T10:00:00Z"}}, WARSAW)
        == "first_attempt due Mon 11:00 · tell owner and manager"
    )


def test_the_first_of_each_kind_is_announced_with_its_topic_once(events: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch):
    firsts = [line for line in shown(events, monkeypatch) if line.startswith("▼")]
    assert sorted(line.rpartition(" ")[2] for line in firsts) == [
        "(handoff.escalations.v1)",
        "(handoff.escalations.v1)",
        "(handoff.mql.v1)",
        "(handoff.returns.v1)",
        "(handoff.returns.v1)",
    ]


def test_a_terminal_of_80_columns_shows_each_event_in_one_line(events: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch):
    lines = shown(events, monkeypatch, width=80)
    told = [event for event in events if event["type"] in WORDS]
    assert max(map(len, lines)) <= 80
    assert len([line for line in lines if line[:3].isalpha()]) == len(told)
    assert any("first_attempt due Mon" in line for line in lines)


def test_what_is_no_terminal_gets_whole_lines_without_colours(events: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch):
    text = "\n".join(shown(events, monkeypatch))
    assert "no_response_from_sales: first_attempt ran out  " in text
    assert "\x1b" not in text
