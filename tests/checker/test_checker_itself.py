"""Would the checker notice? A good run is spoiled in many ways, one at a time, and each must be caught; the rules stand beside this."""

import ast
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from processor.policy_file import load_policies
from processor.replay import replay
from schemas.instants import parse_instant
from tests.checker.judge import differences, judge_replay

OF_SECONDS = Path(__file__).parents[1] / "kafka/policy_of_seconds"
CONFORMANCE = Path(__file__).parents[1] / "conformance"
Event = dict[str, Any]


@cache
def run_of(scenario: str) -> tuple[Path, list[bytes], list[bytes], int | None]:
    """The scenario's folder, its input, what the replay says, and when time ends."""
    [folder] = CONFORMANCE.glob(f"{scenario}-*")
    until = folder / "until"
    end = parse_instant(until.read_text().strip()) if until.exists() else None
    lines = (folder / "events.jsonl").read_bytes().splitlines()
    return folder, lines, list(replay(lines, load_policies(folder), "/handoff/test", end)), end


SCENARIOS = sorted(path.parent.name[:2] for path in CONFORMANCE.glob("*/events.jsonl"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_good_run_is_found_good(scenario: str) -> None:
    folder, lines, said, end = run_of(scenario)
    assert judge_replay(lines, said, folder, end) == []


def event_of(events: list[Event], identity: str, kind: str = "") -> Event:
    return next(event for event in events if event.get("id") == identity and event["type"].endswith(kind))


def without(identity: str, kind: str = "") -> Callable[[list[Event]], None]:
    return lambda events: events.remove(event_of(events, identity, kind))


def without_any(*endings: str) -> Callable[[list[Event]], None]:
    def drop(events: list[Event]) -> None:
        events[:] = [event for event in events if not event.get("id", "").endswith(endings)]

    return drop


def changed(identity: str, kind: str = "", **fields: Any) -> Callable[[list[Event]], None]:
    """`time` is the envelope's; all other fields are the data's. `at__time` changes both."""

    def change(events: list[Event]) -> None:
        event = event_of(events, identity, kind)
        for name, value in fields.items():
            (event if name in ("time", "id", "subject") else event["data"])[name] = value

    return change


def twice(identity: str, kind: str = "", **fields: Any) -> Callable[[list[Event]], None]:
    def repeat(events: list[Event]) -> None:
        again = json.loads(json.dumps(event_of(events, identity, kind)))
        again["data"] |= {name: value for name, value in fields.items() if name != "id"}
        events.append(again | {name: value for name, value in fields.items() if name == "id"})

    return repeat


def after(identity: str, kind: str, other: str) -> Callable[[list[Event]], None]:
    """The event is moved behind another one."""

    def move(events: list[Event]) -> None:
        event = event_of(events, identity, kind)
        events.remove(event)
        events.insert(events.index(event_of(events, other)) + 1, event)

    return move


def all_of(*changes: Callable[[list[Event]], None]) -> Callable[[list[Event]], None]:
    def change(events: list[Event]) -> None:
        for one in changes:
            one(events)

    return change


def no_evidence(identity: str) -> Callable[[list[Event]], None]:
    return lambda events: event_of(events, identity)["data"]["evidence"].update(id="somebody-else")


def _confirm_the_last_breach(events: list[Event]) -> None:
    told = {event["id"] for event in events if event.get("type") == "handoff.breach_confirmed"}
    breaches = [event for event in events if event.get("type") == "handoff.breached"]
    breach = next(event for event in reversed(breaches) if event["id"].replace("100%", "confirmed") not in told)
    data = {name: value for name, value in breach["data"].items() if name not in ("tell", "confirms_at", "stale_sources")}
    events.append(breach | {"type": "handoff.breach_confirmed", "id": breach["id"].replace("100%", "confirmed"), "data": data})


def _breach_of_what_was_met(events: list[Event]) -> list[Event]:
    met = next(e for e in events if e.get("type") == "handoff.clock" and e["data"]["state"] == "met" and not e["data"].get("late_by_s"))
    data = {name: value for name, value in met["data"].items() if name not in ("evidence", "state", "at", "business_s")}
    breach = met | {"type": "handoff.breached", "topic": "handoff.escalations.v1", "time": data["due"]}
    breach |= {"id": met["id"].replace("/met", "/100%"), "data": data | {"confirms_at": data["due"], "tell": []}}
    state = met | {"id": met["id"].replace("/met", "/breached"), "time": data["due"]}
    return [breach, state | {"data": met["data"] | {"state": "breached", "at": data["due"]}}]


def _move_second_cycle(events: list[Event]) -> None:
    for event in events:
        if str(event.get("id", "")).startswith("A#2") or event.get("id") == "A/stage/4":
            event["time"] = event["time"].replace("2026-10-27T09:00:00Z", "2026-10-27T08:59:59Z")
            event["data"] = json.loads(
                json.dumps(event["data"]).replace("2026-10-27T09:00:00Z", "2026-10-27T08:59:59Z").replace('"A-6"', '"A-5"')
            )


def _ignore_another(events: list[Event]) -> None:
    next(event for event in events if event["type"] == "handoff.ignored")["id"] = "hubspot/crm/no/duplicate"


def _ignore_the_pause(events: list[Event]) -> None:
    """For the one clock that was not needed in the end, as if nobody had ever spoken of it."""
    events[:] = [event for event in events if event.get("id") not in ("A#1/attempts/paused", "A#1/attempts/resumed")]
    for event in events:
        if event.get("data", {}).get("clock") == "attempts" and event["data"].get("due") == "2026-10-23T15:00:00Z":
            event["data"]["due"] = "2026-10-23T13:00:00Z"


def _drop_the_last(events: list[Event]) -> None:
    events.pop()


def _other_trigger(events: list[Event]) -> None:
    data = next(e for e in events if e.get("type") == "handoff.created")["data"]
    data["trigger"] = "threshold" if data["trigger"] != "threshold" else "fast_track:demo_and_pricing"


def _older_version(events: list[Event]) -> None:
    for event in events:
        if event["data"]["policy_version"] == 2:
            event["data"]["policy_version"] = 1


ONE_HOUR_LATER = {"due": "2026-10-19T10:00:00Z"}
FIRST, ACCEPTANCE, ATTEMPTS = "A#1/first_attempt", "A#1/acceptance", "A#1/attempts"
STAMP = "2026-10-19T14:00:00Z"
SPOILED: dict[str, tuple[str, Callable[[list[Event]], None]]] = {
    "a breach is dropped": ("01", all_of(without(f"{FIRST}/100%"), without(f"{FIRST}/breached"))),
    "the whole story of a breach is dropped": (
        "10",
        without_any("/100%", "/breached", "/confirmed"),
    ),
    "a breach is told only as a state": ("01", without(f"{FIRST}/100%")),
    "a due is moved by an hour": ("01", changed(f"{FIRST}/opened", **ONE_HOUR_LATER)),
    "a breach is stamped an hour late": ("01", changed(f"{FIRST}/100%", time="2026-10-19T10:00:00Z", **ONE_HOUR_LATER)),
    "a breach is stamped when it was noticed": ("01", changed(f"{FIRST}/breached", at="2026-10-19T09:00:01Z", time="2026-10-19T09:00:01Z")),
    "an id comes again with other bytes": ("01", twice("A#1/handoff", team="two")),
    "an event is told twice": ("01", twice(f"{FIRST}/confirmed")),
    "a second handoff of one cycle": ("01", twice("A#1/handoff", id="A#1/handoff/2")),
    "a confirmation without a breach": (
        "01",
        twice(f"{FIRST}/confirmed", id=f"{ATTEMPTS}/confirmed", clock="attempts", due="2026-10-23T13:00:00Z"),
    ),
    "a breach that is never confirmed": ("01", without(f"{ACCEPTANCE}/confirmed")),
    "confirmed before the source was heard": (
        "41",
        _confirm_the_last_breach,
    ),
    "a withdrawal is dropped": ("02", without(f"{FIRST}/withdrawn")),
    "a false breach, withdrawal and met dropped": ("02", all_of(without(f"{FIRST}/withdrawn"), without(f"{FIRST}/met"))),
    "a met is dropped": ("02", without(f"{ACCEPTANCE}/met")),
    "a met names a record that nobody sent": ("02", no_evidence(f"{ACCEPTANCE}/met")),
    "a met is stamped with the record's arrival": ("02", changed(f"{FIRST}/met", at="2026-10-19T14:10:00Z", time="2026-10-19T14:10:00Z")),
    "a late met is told as on time": ("13", changed(f"{FIRST}/met", at="2026-10-19T09:00:00Z", time="2026-10-19T09:00:00Z")),
    "a lateness is wrong": ("13", changed(f"{FIRST}/met", late_by_s=7_200)),
    "a late met is told twice": ("13", twice(f"{FIRST}/met", id=f"{FIRST}/met/2")),
    "the seconds used are wrong": ("01", changed(f"{ATTEMPTS}/cancelled", business_s=28_801)),
    "a breach that a call had prevented": ("10", lambda events: events.extend(_breach_of_what_was_met(events))),
    "a step is dropped": ("01", without(f"{FIRST}/150%")),
    "a step comes an hour late": ("01", changed(f"{FIRST}/75%", at="2026-10-19T09:00:00Z", time="2026-10-19T09:00:00Z")),
    "a step comes before the one before it": ("01", after(f"{FIRST}/75%", "warning", f"{FIRST}/150%")),
    "a step comes twice": ("01", twice(f"{FIRST}/75%", id=f"{FIRST}/75%/2")),
    "a step skips a level": ("01", changed(f"{FIRST}/150%", level=2)),
    "a step tells somebody else": ("01", changed(f"{FIRST}/75%", tell=["sales_director"])),
    "a return is dropped": ("01", without("A#1/returned")),
    "everything of a return is dropped": (
        "01",
        all_of(without("A#1/returned"), without("A#1/nurture"), without("A/stage/2"), without(f"{ATTEMPTS}/cancelled")),
    ),
    "a return is stamped an hour late": ("01", changed("A#1/returned", time=STAMP)),
    "a return without a confirmed breach": ("01", without(f"{FIRST}/confirmed")),
    "a return that a call forbids stands": ("02", all_of(without("A#1/returned/withdrawn"), without("A#1/nurture/cancelled"))),
    "a return blames the other side": ("01", changed("A#1/returned", fault="marketing")),
    "a rep's return is dropped": ("11", without("A#1/returned")),
    "nobody is enrolled": ("01", without("A#1/nurture")),
    "a cool-down is cut short": ("01", changed("A#1/nurture", eligible_from="2026-11-17T13:00:00Z")),
    "a track of another reason": ("11", changed("A#1/nurture", track="re-engage")),
    "handed off again while cooling down": ("11", _move_second_cycle),
    "a clock stays open in an ended cycle": ("01", without(f"{ATTEMPTS}/cancelled")),
    "a clock does not open": ("01", without(f"{ATTEMPTS}/opened")),
    "a clock is not resumed": ("05", without(f"{ATTEMPTS}/resumed")),
    "a due does not move with a pause": ("05", changed(f"{ATTEMPTS}/resumed", due="2026-10-23T13:00:00Z")),
    "a pause is not heard": ("05", _ignore_the_pause),
    "a pause that nobody asked for": (
        "05",
        changed(f"{ATTEMPTS}/paused", at="2026-10-16T13:30:00Z", time="2026-10-16T13:30:00Z", business_s=1_800),
    ),
    "a stage is dropped": ("11", without("A/stage/2")),
    "a stage comes from elsewhere": ("01", changed("A/stage/2", **{"from": "sal"})),
    "a stage has a cause that nobody sent": ("01", changed("A/stage/1", cause="somebody-else")),
    "a score is a point too high": ("01", changed("A#1/handoff", score=96.0, intent=46.0)),
    "a score does not add up": ("01", changed("A#1/handoff", fit=45.0)),
    "a breakdown does not add up": ("01", lambda events: event_of(events, "A#1/handoff")["data"]["breakdown"].pop()),
    "a trigger is another": ("06", _other_trigger),
    "a handoff goes to another team": ("01", changed("A#1/handoff", team="two")),
    "a handoff is dropped": ("01", lambda events: events.clear()),
    "a handoff of another version": ("25", _older_version),
    "an incomplete lead is handed off at once": ("07", without("A#1/withheld")),
    "a list of what is missing is too long": ("07", changed("A#1/withheld", missing=["campaign", "role"])),
    "a duplicate passes in silence": ("12", lambda events: events.remove(next(e for e in events if e["type"] == "handoff.ignored"))),
    "an ignored record that came once": (
        "12",
        _ignore_another,
    ),
    "a bad line passes in silence": ("34", lambda events: events.remove(next(e for e in events if "line" in e))),
    "a good line is a dead letter": ("34", lambda events: next(e for e in events if "line" in e).update(line=1)),
    "a silence is not announced": ("09", without("hubspot/2026-10-20T09:50:00Z", "source_silent")),
    "a source returns at another time": ("09", changed("hubspot/2026-10-20T09:50:00Z", "source_returned", time="2026-10-20T15:40:00Z")),
    "a review is forgotten": ("17", _drop_the_last),
    "a record is lost": ("01", changed("A#1/handoff", subject="B")),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_run_is_caught(how: str) -> None:
    scenario, spoil = SPOILED[how]
    folder, lines, said, end = run_of(scenario)
    events = [json.loads(line) for line in said]
    spoil(events)
    spoiled = [json.dumps(event).encode() for event in events]
    assert events != [json.loads(line) for line in said]
    found = judge_replay(lines, spoiled, folder, end)
    assert found, "the checker noticed nothing"
    assert all(violation.rule and violation.what for violation in found)


CALL: dict[str, Any] = {
    "activity_id": "c9",
    "channel": "phone",
    "direction": "outbound",
    "outcome": "no_answer",
    "automated": False,
    "rep": "r1",
}


def told(kind: str, time: str, logged: str = "", name: str = "", **data: Any) -> bytes:
    event = {"specversion": "1.0", "id": name or f"late-{kind}", "source": "hubspot/crm", "type": kind, "subject": "A", "time": time}
    return json.dumps(event | {"loggedtime": logged or time, "data": data}).encode()


def _without_the_last_breach(events: list[Event]) -> None:
    breach = [event for event in events if event.get("type") == "handoff.breached"][-1]
    without_any(*(breach["id"].replace("100%", state) for state in ("100%", "breached")))(events)


def _move_the_erased(events: list[Event]) -> None:
    stage = twice("A/stage/3", id="A/stage/4", cause="late-crm.disqualified", to="disqualified", **{"from": "sal"})
    stage(events)
    events[-1]["time"] = "2026-10-19T14:10:00Z"


# By invariant: the scenario, what else was told, what of it the processor did not hear of, and how its output is spoiled.
ALONE: dict[str, tuple[str, list[bytes], list[bytes], Callable[[list[Event]], None]]] = {
    "I1": ("01", [], [], twice("A#1/handoff", id="A#1/handoff/2")),
    "I2": ("13", [], [], twice(f"{FIRST}/met", id=f"{FIRST}/met/2")),
    "I3": ("01", [], [], without(f"{FIRST}/150%")),
    "I4": ("13", [], [told("crm.activity", "2026-10-19T08:50:00Z", "2026-10-19T14:00:00Z", **CALL)], all_of()),
    "I5": ("41", [], [], _without_the_last_breach),
    "I9": ("34", [], [], lambda events: events.remove(next(event for event in events if "line" in event))),
    "I13": (
        "13",
        [told("crm.erased", "2026-10-19T14:05:00Z"), told("crm.disqualified", "2026-10-19T14:10:00Z", reason="competitor")],
        [],
        _move_the_erased,
    ),
}


@pytest.mark.parametrize("invariant", ALONE)
def test_each_invariant_has_a_run_that_it_alone_catches(invariant: str) -> None:
    scenario, more, unheard, spoil = ALONE[invariant]
    folder, lines, _, end = run_of(scenario)
    heard = [*lines, *more]
    said = list(replay(heard, load_policies(folder), "/handoff/test", end))
    assert judge_replay(heard, said, folder, end) == []
    events = [json.loads(line) for line in said]
    spoil(events)
    found = judge_replay([*heard, *unheard], [json.dumps(event).encode() for event in events], folder, end)
    assert {violation.rule.split(":")[0].split(",")[0] for violation in found} == {invariant}, found


def test_what_an_erased_lead_had_done_is_not_missed_in_a_cycle_that_begins_before_it() -> None:
    lines = [
        told("crm.activity", "2026-10-19T09:10:00Z", **CALL),
        told("crm.erased", "2026-10-19T09:20:00Z"),
        told("crm.reopened", "2026-10-19T09:30:00Z"),
        told("crm.profile", "2026-10-19T09:40:00Z", attributes={"role": "ceo"}),
        told("marketing.activity", "2026-10-19T09:00:00Z", "2026-10-19T09:50:00Z", activity="demo_request"),
    ]
    said = list(replay(lines, load_policies(OF_SECONDS), "/handoff/test", parse_instant("2026-10-19T09:50:01Z")))
    assert any(b"first_attempt/opened" in line for line in said)
    assert judge_replay(lines, said, OF_SECONDS, parse_instant("2026-10-19T09:50:01Z")) == []


def test_what_a_reopened_lead_breaks_may_be_dated_before_the_reopening() -> None:
    lines = [
        told("crm.erased", "2026-10-19T09:00:00Z"),
        told("crm.reopened", "2026-10-19T09:59:50Z", "2026-10-19T10:00:00Z"),
        told("crm.accepted", "2026-10-19T09:59:51Z", "2026-10-19T10:00:00Z", rep="r1"),
    ]
    said = list(replay(lines, load_policies(OF_SECONDS), "/handoff/test", parse_instant("2026-10-19T10:00:01Z")))
    assert any(b"qualification/breached" in line and b"09:59:54" in line for line in said)
    assert judge_replay(lines, said, OF_SECONDS, parse_instant("2026-10-19T10:00:01Z")) == []


def test_returns_of_later_cycles_are_not_what_new_intent_counts_from() -> None:
    """Much is heard at once after an outage: both returns are dated before the second handoff."""
    heard = [f"2026-10-19T09:01:00.{n}Z" for n in range(4)]
    lines = [
        told("crm.profile", "2026-10-19T09:00:00Z", attributes={"role": "ceo"}),
        told("marketing.activity", "2026-10-19T09:00:00Z", activity="demo_request"),
        told("crm.returned", "2026-10-19T09:00:01Z", reason="too_early"),
        told("marketing.activity", "2026-10-19T09:00:10Z", heard[0], "second", activity="demo_request"),
        told("crm.returned", "2026-10-19T09:00:20Z", heard[1], "back", reason="too_early"),
        told("marketing.activity", "2026-10-19T09:00:30Z", heard[2], "third", activity="demo_request"),
        told("crm.returned", "2026-10-19T09:00:40Z", heard[3], "back again", reason="too_early"),
    ]
    said = list(replay(lines, load_policies(OF_SECONDS), "/handoff/test", parse_instant("2026-10-19T09:01:01Z")))
    assert sum(b'"handoff.created"' in line for line in said) == 3
    assert judge_replay(lines, said, OF_SECONDS, parse_instant("2026-10-19T09:01:01Z")) == []


def test_only_a_second_run_shows_another_word_that_no_rule_asks_for() -> None:
    """I11. The I7 of states and the I13 of what is remembered are judged over the simulator's worlds."""
    folder, lines, said, end = run_of("01")
    spoiled = [said[0].replace(b'"activities":[', b'"activities":[{},', 1), *said[1:]]
    assert spoiled != said
    assert judge_replay(lines, spoiled, folder, end) == []
    assert [violation.rule.split(":")[0] for violation in differences(said, spoiled)] == ["I11"]


def test_two_runs_that_differ_are_told_apart() -> None:
    _, _, said, _ = run_of("01")
    assert differences(said, said) == []
    assert differences(said, said[1:])
    assert differences(said[1:], said)
    assert differences(said, [said[0].replace(b'"one"', b'"two"'), *said[1:]])


def test_the_checker_shares_no_code_with_what_it_checks() -> None:
    modules = [path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_")]
    assert len(modules) > 10
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in ("processor", "schemas")], path.name
