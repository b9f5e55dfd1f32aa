"""Policies drawn at random, with other clocks, steps, segments and calendars than the example's; which world has which is told elsewhere.

A policy is written as JSON, which is YAML too. One that the policy's own check refuses is drawn again.
"""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from processor.policy_file import PolicyError, load_policies
from schemas.instants import Instant, format_instant
from tests.simulation.parts import CLOCKS, Words, score

EXAMPLES = (
    *sorted((Path(__file__).parents[1] / "conformance").glob("*/policy.yaml")),
    Path(__file__).parents[2] / "deploy/samples/policies/policy.yaml",
)
_ZONES = ("Europe/Warsaw", "Europe/Warsaw", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
_WEEKS: tuple[Words, ...] = (
    {"mon-fri": ["09:00-17:00"]},
    {"mon-fri": ["09:00-12:00", "13:00-17:00"]},
    {"mon-thu": ["08:00-16:30"], "fri": ["08:00-14:00"]},
    {"mon-sun": ["00:00-24:00"]},
    {"mon-fri": ["07:00-15:00", "14:30-21:00"], "sat": ["10:00-14:00"]},
    {"mon-sun": ["22:00-06:00"], "mon-fri": ["08:00-16:00"]},
    {"sun-mon": ["01:00-05:00"], "tue-sat": ["02:30-10:15"]},
)
_HOLIDAYS: tuple[Words, ...] = ({"country": "PL"}, {"country": "GB", "subdivision": "SCT"}, {"country": "US"}, {"country": "PL"}, {})


def write_agreement(rng: Random, folder: Path, begins: Instant, ends: Instant) -> None:
    """One file a version into an empty folder: an example in two of five, else drawn, often with a second version on the way."""
    if rng.random() < 0.4:
        example = rng.choice(EXAMPLES)
        for version in example.parent.glob("policy*.yaml"):
            (folder / version.name).write_text(version.read_text(encoding="utf-8"), encoding="utf-8")
        return
    while True:
        words = _draw(rng, 1, "2026-01-01T00:00:00Z")
        versions = [words]
        if rng.random() < 0.4:
            later = _draw(rng, 2, format_instant(rng.randrange(begins, ends) // 1_000_000 * 1_000_000))
            # What is the log's, and not a cycle's, is the same in both: its change of hands is another matter.
            versions.append({**later, **{name: words[name] for name in ("evidence", "calendars", "pauses", "returns", "segments")}})
        for each in versions:
            (folder / f"policy-{each['version']}.yaml").write_text(json.dumps(each, indent=1), encoding="utf-8")
        try:
            load_policies(folder)
        except PolicyError:
            continue
        return


def _draw(rng: Random, version: int, begins: str) -> dict[str, Any]:
    calendars = {f"c{n}": _calendar(rng) for n in range(rng.randint(1, 2))}
    clocks = _clocks(rng)
    return {
        "policy": "drawn",
        "version": version,
        "in_force": {"from": begins},
        "review_on": rng.choice(("2026-10-15", "2026-11-11", "2027-01-04", "2027-04-05", "2028-01-01")) if version == 1 else "2028-02-02",
        "owners": {"marketing": "m", "sales": "s"},
        "calendars": calendars,
        "evidence": _evidence(rng),
        "profile": {
            "required_at_handoff": rng.choice(([], ["company"], ["company", "role", "campaign"])),
            "handoff_carries": ["role", "technologies"],
        },
        "segments": _segments(rng, tuple(calendars)),
        "score": score(rng),
        "attempts": {
            "channels": rng.choice((["phone"], ["phone", "email", "linkedin"], ["phone", "email", "meeting", "sms"])),
            "min_spacing": rng.choice(("0 minutes", "30 minutes", "60 minutes", "3 hours")),
        },
        "clocks": clocks,
        "pauses": {"asked_for_later": {"max": rng.choice(("3 calendar_days", "30 calendar_days"))}, "legal_hold": {"max": "36 hours"}},
        "on_reassignment": rng.choice(("keep", "restart")),
        "returns": {
            "too_early": {"fault": "marketing", "nurture": {"default": "education", "when": [{"stage": "sal", "track": "after-a-talk"}]}},
            "no_budget": {"fault": "neither", "nurture": {"default": "budget", "when": [{"returns": {"at_least": 1}, "track": "again"}]}},
            "not_icp": {"fault": "marketing", "disqualify": True},
            "no_response_from_sales": {"fault": "sales", "nurture": {"default": "re-engage"}},
        },
        "requalify": {
            "cool_down": rng.choice(("1 hours", "1 calendar_days", "5 calendar_days")),
            "hysteresis": rng.choice((0, 5)),
            "fast_track_skips_cool_down": rng.choice((True, False)),
        },
        "teams": {"one": {"manager": "boss", "reps": {"r1": {}, "r2": {}}}, "two": {"manager": "boss", "reps": {"r3": {}}}},
        "targets": {},
        "retention": {"closed_leads": "400 calendar_days", "dead_letters": "30 calendar_days"},
    }


def _calendar(rng: Random) -> Words:
    week = rng.choice(_WEEKS)
    if "mon-sun" in week and len(week) > 1:  # a night shift, and days beside it
        week = {day: ["22:00-06:00", *week["mon-fri"]] for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": ["22:00-06:00"]}
    words: dict[str, Any] = {"zone": rng.choice(_ZONES), "week": week}
    if rng.random() < 0.7:
        words["holidays"] = {**rng.choice(_HOLIDAYS), "extra": {"2026-10-21": "Founders' Day"}}
    if rng.random() < 0.4:
        days = [date(2026, 10, 22), date(2026, 10, 24), date(2026, 11, 11), date(2027, 3, 28)]
        words["exceptions"] = {str(day): rng.choice(([], ["10:00-12:00"], ["01:00-04:00"])) for day in rng.sample(days, 2)}
    return words


def _evidence(rng: Random) -> Words:
    sources: dict[str, Words] = {"hubspot": {"max_silence": rng.choice(("60 minutes", "3 hours"))}} if rng.random() < 0.5 else {}
    if sources and rng.random() < 0.2:
        sources["aircall"] = {"max_silence": "1 calendar_days"}  # never heard, so nothing is ever confirmed
    return {
        "sources": sources,
        "grace": rng.choice(("0 minutes", "30 minutes", "60 minutes")),
        "window": rng.choice(("2 calendar_days", "5 calendar_days", "7 calendar_days")),
        "max_backdating": rng.choice(("4 hours", "24 hours", "48 hours")),
    }


def _segments(rng: Random, calendars: tuple[str, ...]) -> Words:
    threshold = rng.choice((20, 40, 60))
    last = {"team": "one", "calendar": rng.choice(calendars), "threshold": threshold, "min_fit": rng.choice((0, 10))}
    large = {"when": {"employees": {"at_least": 200}}, "team": "two", "calendar": calendars[-1], "threshold": threshold - 10, "min_fit": 0}
    return {"large": large, "rest": last} if rng.random() < 0.6 else {"rest": last}


def _clocks(rng: Random) -> Words:
    names = [name for name in CLOCKS if rng.random() < 0.65] or ["first_attempt"]
    return {name: _clock(rng, CLOCKS[name]) for name in names}


def _clock(rng: Random, kind: Mapping[str, Any]) -> Words:
    """A ladder rises; a return stands after the due, now and then with a step after it."""
    target = rng.choice(kind["targets"])
    steps: list[Words] = []
    if rng.random() < 0.7:
        steps.append({"at": rng.choice(("25%", "50%", "75%")), "tell": "owner"})
    if rng.random() < 0.3:
        steps.append({"at": "90%", "tell": ["owner", "manager"]})
    steps.append({"at": "100%", "tell": ["owner", "manager"]})
    if rng.random() < 0.6:
        steps.append({"at": rng.choice(("125%", "150%")), "tell": "sales_director"})
    if rng.random() < kind["returns"]:
        steps.append({"at": rng.choice(("170%", "200%")), "do": "return_to_marketing"})
    if rng.random() < 0.3:
        steps.append({"at": rng.choice(("300%", "+30 business_hours")), "tell": "board"})
    return {"opens": kind["opens"], "met_by": rng.choice(kind["met_by"]), "target": target, "steps": steps}
