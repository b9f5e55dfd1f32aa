"""A lead's story in words: sentences for its parts, in a reader's own time; where they stand on the screen is the page's (story_page)."""

from typing import Any, NamedTuple

from processor.cli.local_time import day, local
from processor.cli.sentences import WORDS, gist
from processor.explain import story as s
from schemas.events import Evidence
from schemas.instants import Instant, parse_instant
from schemas.values import shown_points

NOTES = {
    "clamped": "dated in the future: counted as of when it was logged",
    "backdated": "dated back further than agreed: counted as of when it was recorded",
    "no_segment": "no segment matches",
    "unscored": "no rule scores it",
    "activities_full": "more activities than are kept",
    "no_evidence": "neither an attempt nor a contact",
    "unreachable": "bounced or a wrong number: no attempt",
    "no_effect": "changes nothing",
    "repeated": "heard before, and said so",
    "dropped": "the lead was erased or merged",
}
IGNORED = {
    "duplicate": "heard before",
    "too_late": "logged later than evidence may be",
    "impossible": "no cycle holds it",
    "no_effect": "changes nothing",
}
EFFECTS = {
    "profile": "profile: {}",
    "scored": "scores as {}",
    "evidence": "counts in cycle {}",
    "set_aside": "set aside until a cycle begins that holds it",
    "owner": "owner: {}",
    "accepted": "cycle {} accepted",
    "reopened": "open again",
    "silenced": "{}: nothing more is heard of this lead",
    "forgotten": "forgotten: closed for as long as the agreement keeps leads",
}
NOT_COUNTED = {
    "channel": "no attempt: not on an agreed channel",
    "same_activity": "no attempt: the same activity again",
    "too_soon": "no attempt: too soon after the last",
}
ENDINGS = {
    "rep": "returned by a rep: {reason}",
    "clock": "returned by the clock {clock}",
    "disqualified": "disqualified: {reason}",
    "won": "won",
    "lost": "lost",
    "erased": "erased",
    "merged": "merged into another lead",
}
DEADLINES = {
    "due": "{clock} was due",
    "step": "{step} of {clock} had passed",
    "grace": "the grace of {clock} was over",
    "return": "{step} of {clock} had passed, and the grace",
    "pause": "the pause of {clock} was over",
    "retention": "closed leads are kept no longer",
}
STATES = {
    "running": "running",
    "paused": "paused",
    "met": "met in time",
    "met_late": "done late",
    "breached": "breached, not done",
    "cancelled": "cancelled: no longer owed",
}
SAID_OF_SIGNALS = ("activity", "url", "asset", "channel", "direction", "outcome", "rep", "reason", "status", "until", "clock", "into")


class Wall(NamedTuple):
    """The zone's clock, for a reader who knows which year it is."""

    zone: str
    year: int

    def at(self, at: Instant) -> str:
        """`Tue 10 Nov 11:36:18`, without seconds where there are none, with the year where it is another."""
        there = local(at, self.zone)
        return f"{day(at, self.zone)}{'' if there.year == self.year else f' {there.year}'} {self.clock(at)}"

    def day(self, at: Instant) -> str:
        return day(at, self.zone)

    def clock(self, at: Instant) -> str:
        there = local(at, self.zone)
        seconds = f":{there:%S}" if there.second or there.microsecond else ""
        return f"{there:%H:%M}{seconds}"


def span(seconds: float) -> str:
    """`1 d 21 h 3 min 11 s`"""
    days, rest = divmod(int(seconds), 86_400)
    parts = ((days, "d"), (rest // 3600, "h"), (rest % 3600 // 60, "min"), (rest % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def value(found: Any) -> str:
    if isinstance(found, list | tuple):
        return ", ".join(map(str, found)) or "none"
    return {True: "yes", False: "no", None: "removed"}.get(found, str(found)) if isinstance(found, bool | None) else str(found)


def trigger(cycle: s.Cycle) -> str:
    if cycle.trigger is None:
        return f"withheld: {', '.join(cycle.missing or ())} missing"
    if cycle.trigger == "sales":
        return "opened by sales, handed off by nobody"
    if cycle.trigger == "completed":
        return "handed off once complete"
    return "handed off: " + ("the score was enough" if cycle.trigger == "threshold" else f"fast track {cycle.trigger.partition(':')[2]}")


def ending(told: s.Ending) -> str:
    return ENDINGS[told.by].format(reason=told.reason, clock=told.clock)


def verdict(clock: s.Clock) -> str:
    """`done late by 4 h 3 min 11 s (1 d 21 h 3 min 11 s elapsed); the breach is confirmed`"""
    words = STATES[clock.state]
    if clock.late_by_s is not None and clock.late_by_elapsed_s is not None:
        words += f" by {span(clock.late_by_s)}"
        if clock.late_by_elapsed_s != clock.late_by_s:
            words += f" of its time ({span(clock.late_by_elapsed_s)} elapsed)"
    return words if clock.breach is None else f"{words}; the breach is {clock.breach}"


def limits(rule: s.Rule) -> str:
    """Why what counted is what it is: `2 ×, halves every 14 d; at most 24, 2 a day`"""
    decay = [] if rule.heard is None else [f"{len(rule.heard)} ×"]
    if rule.half_life_s is not None:
        decay.append(f"halves every {span(rule.half_life_s)}")
    if rule.linear_to_zero_s is not None:
        decay.append(f"gone after {span(rule.linear_to_zero_s)}")
    bounds = [] if rule.cap is None else [f"at most {points(rule.cap)}"]
    if rule.per_day is not None:
        bounds.append(f"{rule.per_day} a day")
    if rule.group_cap is not None:
        bounds.append(f"group {rule.group} at most {points(rule.group_cap)}")
    return "; ".join(", ".join(words) for words in (decay, bounds) if words)


def points(milli: int) -> str:
    return f"{shown_points(milli):.1f}"


def need(told: s.Need, wall: Wall) -> str:
    match told.what:
        case "segment":
            return "a segment that matches the profile"
        case "stage":
            return f"a lead that is not {told.found}"
        case "fit" | "score":
            return f"{told.what} of {told.needed}, is {told.found}"
        case "activities":
            return f"{told.needed} kinds of interest, has {told.found}"
        case "cool_down":
            return f"patience until {wall.at(parse_instant(str(told.needed)))}"
        case "new_intent":
            return f"new interest since {wall.at(parse_instant(str(told.needed)))}"
        case "fields":
            return f"all mandatory fields, missing: {told.found}" if told.found else "all mandatory fields"


def evidence(told: Evidence, wall: Wall) -> str:
    """`s01944 of hubspot/crm: occurred …, recorded …, logged …`, without what is the same."""
    words = f"{told.id} of {told.source}: occurred {wall.at(told.occurred)}"
    if told.recorded != told.occurred:
        words += f", recorded {wall.at(told.recorded)}"
    words += f", logged {wall.at(told.logged)}"
    return f"{words} (dated back: recorded counts)" if told.backdated else words


def deed(told: s.Deed) -> tuple[str, str]:
    """What was done, and what it counts as."""
    what = told.kind if told.kind != "activity" else told.channel or "by the lead"
    counts = [] if told.attempt is None else [f"attempt {told.attempt}"]
    if told.contact:
        counts.append("contact")
    if told.not_counted:
        counts.append(NOT_COUNTED[told.not_counted])
    return (f"{what}: {told.word}" if told.word else what), "; ".join(counts)


def change(told: s.Change, wall: Wall) -> str:
    tell = f", told {' and '.join(told.tell)}" if told.tell else ""
    match told.what:
        case "opened":
            return f"opened, due {wall.at(told.due or told.at)}"
        case "restarted":
            return f"started again, due {wall.at(told.due or told.at)}"
        case "paused":
            return f"paused: {told.reason}"
        case "resumed":
            return f"went on, due {wall.at(told.due or told.at)}"
        case "reinstated":
            return f"owed again, as the return was withdrawn; due {wall.at(told.due or told.at)}"
        case "warned" | "escalated":
            return f"{told.step}{tell}"
        case "breached":
            stale = f"; not heard from: {', '.join(told.stale_sources)}" if told.stale_sources else ""
            return f"breached{tell}{stale}"
        case "confirmed":
            return "the breach is confirmed"
        case "withdrawn":
            return f"the breach is withdrawn, by {told.evidence and told.evidence.id}"
        case "met":
            return f"met, by {told.evidence and told.evidence.id}"
        case "met_late":
            return f"done late, by {told.evidence and told.evidence.id}"
        case "cancelled":
            return "cancelled"
        case "returned":
            return f"took the lead away: {told.reason}"
        case "return_withdrawn":
            return f"the return is withdrawn, by {told.evidence and told.evidence.id}"


def rung(told: s.Rung) -> str:
    if told.returns:
        return f"{told.step} returns the lead to marketing"
    return f"{told.step} tells {' and '.join(told.tell)}" if told.tell else f"{told.step} tells nobody"


def published(told: s.Published, wall: Wall) -> str:
    """As `handoff demo` says it; the audit trail's events, which it leaves out, in the same style."""
    data = told.data
    match told.type:
        case "handoff.clock":
            return f"clock {data['clock']} {data['state']}, due {wall.at(parse_instant(data['due']))}"
        case "handoff.stage":
            return f"stage {data['from']} → {data['to']}"
        case "handoff.ignored":
            return f"ignored: {data['reason']}"
        case kind:
            return f"{WORDS[kind]} {gist({'type': kind, 'id': told.id, 'data': data}, wall.zone)}"


def deadline(moment: s.Moment) -> str:
    told = moment.deadline
    if told is None:
        return "an instant was reached"
    waited = "; judged when its sources had been heard" if moment.at > told.at else ""
    return DEADLINES[told.of].format(clock=told.clock, step=told.step) + waited


def signal(told: s.Heard) -> str:
    """`crm.activity · phone · outbound · connected`: of what it says that which is short."""
    return " · ".join([told.type, *(str(told.data[name]) for name in SAID_OF_SIGNALS if name in told.data)])
