"""What is not about one lead: sources that fall silent and return, and reviews that are due (semantics sections 2 and 11)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from tests.checker.history import Heard
from tests.checker.instants import instant, shown
from tests.checker.run import Run, Violation

_SILENT = (
    "section 2: a source is silent from its last proof + max_silence until a heartbeat whose time is again within max_silence of its logged"
)
_REVIEW = "section 11: review_due comes at local midnight 14 days before, on the day, and every open date after it, once each"


class _Expected(NamedTuple):
    type: str
    id: str
    time: int


def check_watch(run: Run) -> Iterator[Violation]:
    """Both are published by partition 0, from what it reads itself."""
    heard = [record for record in run.history.heard if record.partition == 0]
    if not heard or len({str(version.sources) for version in run.history.policies.versions}) > 1:
        return
    silences = [
        one for prefix, longest in run.history.policies.versions[0].sources.items() for one in _silences(run, heard, prefix, longest)
    ]
    yield from _compare(run, silences, ("source_silent", "source_returned"), _SILENT)
    yield from _compare(run, list(_reviews(run, heard[0].logged)), ("review_due",), _REVIEW)


def _compare(run: Run, expected: list[_Expected], types: tuple[str, ...], rule: str) -> Iterator[Violation]:
    found = {_Expected(said.type, _in_one_spelling(said.id), said.time) for said in run.told.events if said.type in types}
    for missing in set(expected) - found:
        if run.has_passed(missing.time, 0):
            yield Violation(rule, f"{missing.type} at {shown(missing.time)} never came", event=missing.id)
    for extra in found - set(expected):
        yield Violation(rule, f"{extra.type} at {shown(extra.time)} should not be", event=extra.id)


def _silences(run: Run, heard: list[Heard], prefix: str, longest: int) -> Iterator[_Expected]:
    proof, silent = heard[0].logged, False
    never_heard = True
    since = proof
    for record in heard:
        if not silent and proof + longest < record.logged:
            silent, since = True, proof
            yield _Expected("source_silent", f"{prefix}/{shown(since)}", since + longest)
        if record.type != "crm.heartbeat" or not record.letter.source.startswith(prefix):
            continue
        proof = record.occurred if never_heard else max(proof, record.occurred)
        never_heard = False
        if silent and record.logged - record.occurred <= longest:
            silent = False
            yield _Expected("source_returned", f"{prefix}/{shown(since)}", record.occurred)
    if not silent and run.may_have_passed(proof + longest, 0):
        yield _Expected("source_silent", f"{prefix}/{shown(proof)}", proof + longest)


def _reviews(run: Run, first: int) -> Iterator[_Expected]:
    for version, begins, ends in run.history.policies.terms():
        calendar = next(iter(version.calendars.values()))
        review_on = date.fromisoformat(version.words["review_on"])
        last = calendar.local(run.ends.get(0, 0)).date()
        days = [review_on - timedelta(days=14), review_on]
        day = review_on + timedelta(days=1)
        while day <= last:
            days += [day] if calendar.is_open_date(day) else []
            day += timedelta(days=1)
        for day in days:
            at = calendar.midnight(day)
            if max(begins, first) <= at < ends and run.may_have_passed(at, 0):
                yield _Expected("review_due", f"{version.name}/{version.number}/review/{day}", at)


def _in_one_spelling(identity: str) -> str:
    head, _, tail = identity.rpartition("/")
    try:
        return f"{head}/{shown(instant(tail))}"
    except ValueError:
        return identity
