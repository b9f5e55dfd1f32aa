"""What a transcript can say that somebody did, in words, and the signal's data that it means; who and when stand in `transcript`."""

import re
from collections.abc import Callable
from typing import Any

import yaml

from schemas import signals as s
from schemas.instants import Instant
from tests.scenarios.local_time import WHEN, read_instant

FULL_PROFILE: dict[str, Any] = {"role": "ceo", "industry": "saas", "employees": 200, "company": "X", "source": "google", "campaign": "q4"}

_REP = r"(?: by (?P<rep>\w+))?"
_PHRASES: dict[str, Callable[..., s.SignalData]] = {
    r"full profile": lambda: s.MarketingProfile(attributes=FULL_PROFILE),
    r"profile (?P<attributes>.+)": lambda attributes: s.MarketingProfile(attributes=_mapping(attributes)),
    r"CRM profile (?P<attributes>.+)": lambda attributes: s.CrmProfile(attributes=_mapping(attributes)),
    r"demo request": lambda: s.MarketingActivity(activity="demo_request"),
    r"webinar": lambda: s.MarketingActivity(activity="webinar_attended"),
    r"visit to (?P<url>\S+)": lambda url: s.MarketingActivity(activity="page_view", url=url),
    r"download of an? (?P<asset_type>\w+)": lambda asset_type: s.MarketingActivity(activity="content_download", asset_type=asset_type),
    r"activity (?P<activity>\w+)": s.MarketingActivity,
    rf"(?P<kind>(?:automated )?(?:inbound )?)(?P<channel>call|email|linkedin|meeting|sms|whatsapp|note|task){_REP}, "
    r"(?P<outcome>[a-z ]+?)(?:, activity (?P<activity_id>\S+))?": lambda **words: _contact(words),
    r"assigned to (?P<rep>\w+)": s.CrmAssigned,
    rf"accepted{_REP}": s.CrmAccepted,
    rf"returned, (?P<reason>\w+){_REP}": s.CrmReturned,
    rf"qualified{_REP}": s.CrmQualified,
    rf"disqualified, (?P<reason>\w+){_REP}": s.CrmDisqualified,
    r"opportunity (?P<opportunity>\w+) (?P<status>open|won|lost)": s.CrmOpportunity,
    rf"paused, (?P<reason>\w+)(?:, only (?P<clock>\w+))?(?:, until (?P<until>{WHEN}))?": s.CrmPaused,
    r"resumed(?:, (?P<reason>(?!only)\w+))?(?:, only (?P<clock>\w+))?": s.CrmResumed,
    rf"reopened{_REP}": s.CrmReopened,
    r"erased": s.CrmErased,
    r"merged into (?P<into>\S+)": s.CrmMerged,
}
_OF_NOBODY: dict[str, Callable[..., s.SignalData]] = {
    r"(?P<rep>\w+) is away": lambda rep: s.CrmRep(rep=rep, available=False),
    r"alive": s.CrmHeartbeat,
}
_TYPES = {model: name for name, (_, model) in s.SIGNALS.items()}


def data_of(phrase: str, lead: str, signal_id: str, at: Instant) -> s.SignalData:
    """ValueError for words that no phrase knows."""
    for pattern, build in (_OF_NOBODY if lead == s.NOBODY else _PHRASES).items():
        if found := re.fullmatch(pattern, phrase):
            words: dict[str, Any] = {name: word for name, word in found.groupdict().items() if word is not None}
            if "until" in words:
                words["until"] = read_instant(words["until"], at)
            if "channel" in words:
                words.setdefault("activity_id", signal_id)
            return build(**words)
    raise ValueError(f"found {phrase!r}, expected one of the phrases of tests/scenarios/phrases.py")


def type_of(data: s.SignalData) -> str:
    return _TYPES[type(data)]


def _mapping(text: str) -> dict[str, Any]:
    """`role: ceo, technologies: [a, b], campaign: null`."""
    read = yaml.safe_load(f"{{{text}}}")
    assert isinstance(read, dict), text
    return read


def _contact(words: dict[str, Any]) -> s.CrmActivity:
    kind = words.pop("kind")
    return s.CrmActivity.model_validate(
        words
        | {
            "channel": "phone" if words["channel"] == "call" else words["channel"],
            "direction": "inbound" if "inbound" in kind else "outbound",
            "outcome": words["outcome"].replace(" ", "_"),
            "automated": "automated" in kind,
        }
    )
