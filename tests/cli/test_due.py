"""Does `handoff due` answer people and scripts by the policy's calendars, and every line of a script, whatever it asks?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from processor.cli.due import _answer_line
from processor.policy_file import load_policies
from schemas.instants import EARLIEST, LATEST, format_instant, parse_instant
from tests.cli.conftest import POLICY

Handoff = Callable[..., Result]

ASKED = ("due", "--policy", POLICY, "--calendar", "warsaw")
FRIDAY = "2026-10-16T15:00:00+02:00"
POLICIES = load_policies(POLICY)


def answers(ran: Result) -> list[dict[str, Any]]:
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_people_see_the_due_on_the_calendars_own_clock(handoff: Handoff):
    ran = handoff(*ASKED, "--start", "2026-10-23T13:00:00Z", "--add", "4 business_hours")
    assert ran.exit_code == 0
    assert ran.stdout.splitlines() == [
        "start     Friday, 2026-10-23 15:00:00+02:00",
        "due       Monday, 2026-10-26 11:00:00+01:00",
        "adding    4 business_hours",
        "calendar  warsaw (Europe/Warsaw)",
        "policy    sample-2026-q4/1",
    ]


def test_people_see_the_open_time_between_two_instants(handoff: Handoff):
    ran = handoff(*ASKED, "--start", FRIDAY, "--end", "2026-10-19T11:30:00+02:00")
    assert "open      4 h 30 min (16200 s)" in ran.stdout.splitlines()


def test_scripts_see_one_answer_as_json(handoff: Handoff):
    assert answers(handoff(*ASKED, "--start", FRIDAY, "--add", "1 business_day", "--json")) == [{"due": "2026-10-19T13:00:00Z"}]
    assert answers(handoff(*ASKED, "--start", FRIDAY, "--end", "2026-10-16T15:00:00.5+02:00", "--json")) == [{"open_s": 0.5}]


def test_each_line_has_its_answer_in_order(handoff: Handoff):
    lines = [
        {"start": FRIDAY, "add": "4 business_hours"},
        {"start": FRIDAY, "end": "2026-10-16T16:00:00+02:00"},
        {"start": "2026-11-10T15:00:00+01:00", "add": "4 business_hours"},
        {"start": FRIDAY, "add": "4 hours", "calendar": "warsaw"},
        {"start": FRIDAY, "end": "2026-10-16T14:00:00+02:00"},
    ]
    assert answers(handoff(*ASKED, "--jsonl", said="\n".join(map(json.dumps, lines)).encode())) == [
        {"due": "2026-10-19T09:00:00Z"},
        {"open_s": 3600},
        {"due": "2026-11-12T10:00:00Z"},
        {"due": "2026-10-16T17:00:00Z"},
        {"open_s": 0},
    ]


def test_a_line_that_cannot_be_answered_says_why_and_the_others_are_answered(handoff: Handoff):
    lines = [
        b"no json",
        b"",
        b"[]",
        b'{"start": "2026-10-16T15:00:00", "add": "4 business_hours"}',
        b'{"start": "2026-10-16T15:00:00Z", "add": "4 days"}',
        b'{"start": "2026-10-16T15:00:00Z", "add": "999999999 business_days"}',
        b'{"start": "2026-10-16T15:00:00Z"}',
        b'{"start": "2026-10-16T15:00:00Z", "add": "1 hour", "end": "2026-10-16T15:00:00Z"}',
        b'{"start": 5, "add": "1 hour"}',
        b'{"start": "2026-10-16T15:00:00Z", "add": "1 hour", "calendar": "berlin"}',
        b'{"start": "2026-10-16T15:00:00Z", "add": "1 hour"}',
    ]
    *refused, last = answers(handoff(*ASKED, "--jsonl", said=b"\n".join(lines)))
    assert [answer["error"].partition(":")[0] for answer in refused[:2]] == ["no JSON", "no JSON"]
    assert all(answer.keys() == {"error"} for answer in refused)
    assert "expected one of policy sample-2026-q4/1: warsaw" in refused[-1]["error"]
    assert last == {"due": "2026-10-16T16:00:00Z"}


def test_a_line_may_name_its_calendar_and_must_where_nobody_else_does(handoff: Handoff):
    asked = {"start": FRIDAY, "add": "1 business_hour"}
    lines = "\n".join([json.dumps(asked), json.dumps(asked | {"calendar": "warsaw"})]).encode()
    refused, answered = answers(handoff("due", "--policy", POLICY, "--jsonl", said=lines))
    assert refused == {"error": "calendar: found nothing, expected text"}
    assert answered == {"due": "2026-10-16T14:00:00Z"}


def test_the_version_in_force_at_the_start_answers(handoff: Handoff, tmp_path: Path):
    first = (POLICY / "policy.yaml").read_text()
    second = first.replace("version: 1", "version: 2").replace("from: 2026-10-01", "from: 2026-12-01")
    second = second.replace('["09:00-12:00", "13:00-17:00"]', '["08:00-16:00"]').replace("review_on: 2026-11-27", "review_on: 2027-01-27")
    (tmp_path / "1.yaml").write_text(first)
    (tmp_path / "2.yaml").write_text(second)
    lines = "\n".join(json.dumps({"start": f"{day}T06:00:00+01:00", "add": "1 business_hour"}) for day in ("2026-11-30", "2026-12-01"))
    ran = handoff("due", "--policy", tmp_path, "--calendar", "warsaw", "--jsonl", said=lines.encode())
    assert answers(ran) == [{"due": "2026-11-30T09:00:00Z"}, {"due": "2026-12-01T08:00:00Z"}]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--calendar", "warsaw", "--add", "1 hour"), "start: found nothing, expected text"),
        (("--calendar", "warsaw", "--start", FRIDAY), "found neither add nor end, expected one of them"),
        (("--start", FRIDAY, "--add", "1 hour"), "calendar: found nothing, expected text"),
        (("--calendar", "berlin", "--start", FRIDAY, "--add", "1 hour"), "expected one of policy sample-2026-q4/1: warsaw"),
        (("--calendar", "warsaw", "--start", FRIDAY, "--add", "4 days"), "4 business_days or 4 calendar_days"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(handoff: Handoff, words: tuple[str, ...], complaint: str):
    ran = handoff("due", "--policy", POLICY, *words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert complaint in ran.stderr


NEAR = st.integers(parse_instant("2020-01-01T00:00:00Z"), parse_instant("2035-01-01T00:00:00Z"))
STARTS = (NEAR | st.just(LATEST)).map(format_instant)
ENDS = (NEAR | st.just(EARLIEST)).map(format_instant)
UNITS = st.sampled_from(["seconds", "hours", "calendar_days", "business_hours", "business_days", "days", "fortnights"])
DURATIONS = st.builds("{} {}".format, st.integers(0, 2_000) | st.integers(10**8, 10**10), UNITS)
JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=2))


@given(
    st.one_of(
        st.binary(),
        JUNK.map(lambda value: json.dumps(value).encode()),
        st.fixed_dictionaries(
            {"start": STARTS},
            optional={"add": DURATIONS | JUNK, "end": ENDS | JUNK, "calendar": st.just("warsaw") | JUNK, "more": JUNK},
        ).map(lambda asked: json.dumps(asked).encode()),
    )
)
def test_whatever_a_line_asks_it_has_one_answer(line: bytes):
    assert len(_answer_line(POLICIES, line, "warsaw").keys() & {"due", "open_s", "error"}) == 1
