"""What a change of one field means to those who keep the agreement, in a few words; which fields changed stands in `difference`."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from processor.domain.durations import Measure, parse_duration
from processor.policy_file.calendars import read_week
from processor.policy_file.conditions import implies, read_test
from processor.policy_file.document import Field
from schemas.instants import SECOND, parse_instant

Place: TypeAlias = tuple[str, ...]
"""The names on the way to a field; of an item in a list, what it is known by."""

ORDER = ""  # stands for no name: the order of the names at a place

_Meaning: TypeAlias = Callable[[Field, Field], str]


def meaning(place: Place, old: Field, new: Field) -> str:
    """Empty where the words of the change say it all; an absent field is one that is new, or gone."""
    for pattern, says in _MEANINGS.items():
        if len(pattern) == len(place) and all(word == name or (word == "*" and name) for word, name in zip(pattern, place, strict=True)):
            return says(old, new)
    return ""


def reach(group: str) -> str:
    """For whom the changes of a group hold, once the new version is in force."""
    return _REACH.get(group, "")


def _always(says: str) -> _Meaning:
    return lambda old, new: says.format(old=old.said, new=new.said)


def _entry(added: str, removed: str, changed: str = "") -> _Meaning:
    def says(old: Field, new: Field) -> str:
        if old.is_present and new.is_present:
            return changed.format(old=old.said, new=new.said)
        return added.format(new=new.said) if new.is_present else removed.format(old=old.said)

    return says


def _names(added: str, removed: str) -> _Meaning:
    def says(old: Field, new: Field) -> str:
        was, now = ([item.said or "" for item in (field.children if field.is_list else [field])] for field in (old, new))
        more, less = ([name for name in one if name not in other] for one, other in ((now, was), (was, now)))
        return "; ".join(words.format(", ".join(names)) for words, names in ((added, more), (removed, less)) if names)

    return says


def _number(more: str, less: str) -> _Meaning:
    def says(old: Field, new: Field) -> str:
        was, now = (Decimal((field.text or "0").rstrip("%")) for field in (old, new))
        return (more if now > was else less).format(f"{abs(now - was).normalize():f}")

    return _both(says)


def _length(longer: str, shorter: str) -> _Meaning:
    def says(old: Field, new: Field) -> str:
        was, now = (parse_duration(field.text or "") for field in (old, new))
        if was.measure != now.measure:
            return f"counted in {_MEASURED[now.measure]} instead of {_MEASURED[was.measure]}"
        return (longer if now.amount > was.amount else shorter).format(_span(abs(now.amount - was.amount), now.measure))

    return _both(says)


def _both(says: _Meaning) -> _Meaning:
    """A difference needs two ends."""
    return lambda old, new: says(old, new) if old.is_present and new.is_present else ""


_MEASURED: Mapping[Measure, str] = {"elapsed": "hours of day and night", "open": "business hours", "open_days": "business days"}


def _span(amount: int, measure: Measure) -> str:
    if measure == "open_days":
        return f"{amount} business day{'s' if amount > 1 else ''}"
    seconds = amount // SECOND
    units = [("d", 86_400)] * (measure == "elapsed") + [("h", 3_600), ("min", 60), ("s", 1)]
    unit, size = next((unit, size) for unit, size in units if seconds % size == 0)
    return f"{seconds // size} {unit}"


def _instant(old: Field, new: Field) -> str:
    apart = parse_instant(new.text or "") - parse_instant(old.text or "")
    return f"comes into force {_span(abs(apart), 'elapsed')} {'later' if apart > 0 else 'earlier'}"


def _date(old: Field, new: Field) -> str:
    days = (date.fromisoformat(new.text or "") - date.fromisoformat(old.text or "")).days
    return f"reviewed {abs(days)} d {'later' if days > 0 else 'earlier'}"


def _week(old: Field, new: Field) -> str:
    """Windows that overlap are counted as they are written."""
    was, now = (sum(end - start for windows in read_week(field).values() for start, end in windows) / 60 for field in (old, new))
    follows = "deadlines come sooner" if now > was else "deadlines come later" if now < was else "at other times"
    return f"{was:g} h a week become {now:g} h: {follows}" if was != now else f"{now:g} h a week as before, {follows}"


def _exception(_: Field, new: Field) -> str:
    if not new.is_present:
        return "as its weekday and the holidays say"
    return f"open that day: {new.said}" if new.children else "closed that day"


def _test(old: Field, new: Field) -> str:
    if not (old.is_present and new.is_present):
        return "holds in fewer cases" if new.is_present else "holds in more cases"
    was, now = (read_test(old),), (read_test(new),)
    return "holds in more cases" if implies(was, now) else "holds in fewer cases" if implies(now, was) else "holds in other cases"


def _segment(_: Field, new: Field) -> str:
    return f"leads that match go to team {new['team'].said}" if new.is_present else "its leads go to the first of the others that matches"


def _clock(_: Field, new: Field) -> str:
    if not new.is_present:
        return "no longer a duty"
    return f"a new duty, due {new['target'].said} after {_OPENS[new['opens'].text or '']}"


def _opens(_: Field, new: Field) -> str:
    return f"runs from {_OPENS[new.text or '']}"


_OPENS = {"handoff": "the handoff", "assigned": "the assignment of an owner", "accepted": "the acceptance"}


def _disqualify(_: Field, new: Field) -> str:
    return "never handed off again" if new.text == "true" else "may come again"


def _step(old: Field, new: Field) -> str:
    step, no_longer = (new, "") if new.is_present else (old, "no longer ")
    done = [f"tells {step['tell'].said}".replace("[", "").replace("]", "")] * step["tell"].is_present
    return f"{no_longer}{' and '.join(done + ['takes the lead back to marketing'] * step['do'].is_present)}"


_POINTS_OF_RULE = _number("{} points more", "{} points less")
_CAP = _number("may give {} points more", "may give {} points less")
_FADES = _length("wears off more slowly", "wears off faster")
_PROMISE = _entry("a new promise: {new}", "no longer promised")
_MOST = "the cap is gone"
_COUNTS = _number("needs {} more for a verdict", "needs {} less for a verdict")

_MEANINGS: Mapping[Place, _Meaning] = {
    tuple(path.split(".")): says
    for path, says in {
        "policy": _always("another agreement: what is pinned to {old} stays with it"),
        "version": _always("handoffs made under version {old} keep it"),
        "in_force.from": _instant,
        "review_on": _date,
        "owners.*": _always("{new} answers for it"),
        "calendars.*": _entry("a calendar more", "a calendar less"),
        "calendars.": _always("the first is also that of the figures and the review"),
        "calendars.*.zone": _always("the same hours by the clocks of {new}"),
        "calendars.*.week": _week,
        "calendars.*.holidays": _entry("closed on them", "open on all of them"),
        "calendars.*.holidays.country": _entry(
            "closed on the public holidays of {new}", "open on public holidays", "the holidays of {new}"
        ),
        "calendars.*.holidays.extra.*": _entry("closed that day", "no holiday by this list any more", "only its name"),
        "calendars.*.exceptions.*": _exception,
        "evidence.grace": _length("breaches are confirmed {} later", "breaches are confirmed {} earlier"),
        "evidence.window": _length("word of a deed may come {} later", "word of a deed must come {} sooner"),
        "evidence.max_backdating": _length("records may be dated {} further back", "records may be dated {} less far back"),
        "evidence.sources.*": _entry("what cannot be undone waits for its heartbeats", "nothing waits for its heartbeats any more"),
        "evidence.sources.*.max_silence": _length("counts as silent {} later", "counts as silent {} sooner"),
        "profile.required_at_handoff": _names("leads without {} are withheld", "leads without {} are handed off"),
        "profile.handoff_carries": _names("sales sees {}", "sales no longer sees {}"),
        "segments.*": _segment,
        "segments.": _always("the first that matches counts"),
        "segments.*.when.*": _test,
        "segments.*.team": _always("its handoffs go to team {new}"),
        "segments.*.calendar": _always("its clocks run in calendar {new}"),
        "segments.*.threshold": _number("a lead needs {} points more", "a lead needs {} points less"),
        "segments.*.min_fit": _number("a lead needs {} points of fit more", "a lead needs {} points of fit less"),
        "score.min_distinct_activities": _number("needs {} kinds of activity more", "needs {} kinds of activity less"),
        "score.*.cap": _CAP,
        "score.*.rules.*": _entry("a new rule", "no longer a rule"),
        "score.*.rules.*.when.*": _test,
        "score.*.rules.*.points": _POINTS_OF_RULE,
        "score.*.rules.*.cap": _entry("may give so much at most", _MOST, ""),
        "score.*.rules.*.half_life": _FADES,
        "score.*.rules.*.linear_to_zero": _FADES,
        "score.*.groups.*.cap": _CAP,
        "score.fast_tracks.*": _entry("a way past the threshold", "no longer a way past the threshold"),
        "score.fast_tracks.": _always("the first that holds is named"),
        "score.fast_tracks.*.all": _names("needs {} too", "does not need {}"),
        "score.fast_tracks.*.within": _length("may take {} longer", "must happen within {} less"),
        "attempts.channels": _names("{} counts as an attempt", "{} no longer counts as an attempt"),
        "attempts.min_spacing": _length("attempts count only {} further apart", "attempts count {} closer together"),
        "clocks.*": _clock,
        "clocks.": _always("the order of verdicts at one instant"),
        "clocks.*.opens": _opens,
        "clocks.*.met_by": _names("{} does it too", "{} no longer does it"),
        "clocks.*.target": _length("due {} later", "due {} earlier"),
        "clocks.*.steps.*": _step,
        "clocks.*.steps.*.tell": _names("tells {} too", "no longer tells {}"),
        "pauses.*": _entry("clocks may stand still for it", "a pause for it is refused (a dead letter)"),
        "pauses.*.max": _length("may stand still {} longer", "may stand still {} less"),
        "returns.*": _entry("a reason to return a lead", "a return for it is refused (a dead letter)"),
        "returns.*.fault": _always("counts against {new} instead of {old}"),
        "returns.*.disqualify": _disqualify,
        "returns.*.nurture.default": _always("goes to {new}"),
        "requalify.cool_down": _length("returned leads may come again {} later", "returned leads may come again {} earlier"),
        "requalify.hysteresis": _number("returned leads need {} points more", "returned leads need {} points less"),
        "teams.*": _entry("a new team", "no longer a team"),
        "teams.*.manager": _always("{new} is told for the team"),
        "teams.*.reps.*": _entry("joins the team", "leaves the team"),
        "teams.*.reps.*.capacity": _number("{} leads at a time more", "{} leads at a time less"),
        "targets.*.*": _PROMISE,
        "targets.*.*.count": _number("promises {} more", "promises {} less"),
        "targets.*.*.at_least": _number("stricter by {} percentage points", "looser by {} percentage points"),
        "targets.*.*.at_most": _number("looser by {} percentage points", "stricter by {} percentage points"),
        "targets.*.*.min_count": _COUNTS,
        "retention.*": _length("kept {} longer", "kept {} less"),
        "on_reassignment": _entry(
            "{new}: running clocks at a change of owner", "back to keep", "{new}: running clocks at a change of owner"
        ),
    }.items()
}

_PINNED = "for handoffs made from then on; those made before keep the old"
_GATE = "for every lead that is scored from then on"
_REACH: Mapping[str, str] = {
    **dict.fromkeys(("calendars", "attempts", "clocks", "on_reassignment"), _PINNED),
    **dict.fromkeys(("profile", "segments", "score"), _GATE),
    "evidence": "grace and sources for handoffs made from then on, the rest for all that is logged from then on",
    "requalify": "for every returned lead that is scored from then on",
    "returns": "handoffs made before keep what their version says of a reason",
    "pauses": "handoffs made before keep what their version says of a reason",
}
