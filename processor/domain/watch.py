"""What a partition knows beside its leads: which evidence sources are alive, and when the agreement is due for review.

Every partition keeps the proofs, since heartbeats are written to all of them; partition 0 alone says what is not about one lead.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from processor.domain.policy import EvidenceSource, Policies, Policy
from schemas import events as p
from schemas.events import Event
from schemas.instants import Instant, format_instant
from schemas.signals import Signal

NEVER: Instant = -(1 << 62)
REVIEW_NOTICE = timedelta(days=14)
CLOCK_SKEW = 300_000_000


class Watch(msgspec.Struct, frozen=True, array_like=True):
    """`started`: the first record's logged. `proofs`: up to when each source of heartbeats is proven alive, whether or not a version that
    is there already relies on it. `silent`: the last proof of each prefix that is. `ruled`: the versions that have been in force."""

    started: Instant | None = None
    proofs: dict[str, Instant] = {}
    silent: dict[str, Instant] = {}
    reviewed: Instant | None = None  # the last midnight whose review is said
    reached: Instant = NEVER  # everything before it is decided
    ruled: dict[str, str] = {}


class Due(NamedTuple):
    """Something that is not about one lead falls due: a source turns silent, or a review."""

    at: Instant
    source: EvidenceSource | None
    policy: Policy
    day: date | None


pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(Watch).decode


def started(watch: Watch, logged: Instant) -> Watch:
    return msgspec.structs.replace(watch, started=logged, reviewed=logged - 1) if watch.started is None else watch


def heartbeat(watch: Watch, signal: Signal, logged: Instant, policies: Policies) -> tuple[Watch, list[Event]]:
    """The heartbeat proves its source alive up to its time; it ends a silence if that is recent enough."""
    time = signal.occurred if signal.occurred <= logged + CLOCK_SKEW else logged
    proofs, silent, events = dict(watch.proofs), dict(watch.silent), list[Event]()
    proofs[signal.source] = max(time, proofs.get(signal.source, time))
    policy = policies.at(logged)
    for source in policy.evidence.sources:
        if source.prefix in silent and signal.source.startswith(source.prefix) and logged - time <= source.max_silence.amount:
            since = silent.pop(source.prefix)
            events.append(_silence_event("handoff.source_returned", policy, source, since, time))
    return msgspec.structs.replace(watch, proofs=proofs, silent=silent), events


def next_due(watch: Watch, policies: Policies) -> Due | None:
    """What falls due next, of silences and reviews, if nothing more is heard."""
    if watch.started is None or watch.reviewed is None:
        return None
    return min((*_silences(watch, policies), *_reviews(policies, watch.reviewed)), key=lambda due: due.at, default=None)


def _silences(watch: Watch, policies: Policies) -> Iterator[Due]:
    for policy, begins, ends in policies.terms():
        for source in policy.evidence.sources:
            if source.prefix not in watch.silent:
                at = max(_silent_since(watch, source) + source.max_silence.amount, begins)
                if at < ends:
                    yield Due(at, source, policy, None)


def proofs_by_prefix(watch: Watch, policies: Policies) -> dict[str, Instant]:
    """Up to when each evidence source of any version is proven alive; those never heard from are not there."""
    prefixes = {source.prefix for policy in policies.versions for source in policy.evidence.sources}
    return {prefix: at for prefix in prefixes if (at := _last_proof(watch, prefix)) is not None}


def _last_proof(watch: Watch, prefix: str) -> Instant | None:
    """None where it was never heard."""
    return max((at for source, at in watch.proofs.items() if source.startswith(prefix)), default=None)


def _silent_since(watch: Watch, source: EvidenceSource) -> Instant:
    """Its last proof, else the first record."""
    assert watch.started is not None
    proof = _last_proof(watch, source.prefix)
    return watch.started if proof is None else proof


def _reviews(policies: Policies, after: Instant) -> Iterator[Due]:
    for policy, begins, ends in policies.terms():
        calendar = policy.first_calendar
        day = calendar.local_date(max(after, begins))
        fixed = (policy.review_on - REVIEW_NOTICE, policy.review_on)
        overdue = max(day, policy.review_on) + timedelta(days=1)
        while not calendar.is_open_day(overdue):
            overdue += timedelta(days=1)
        for reviewed in (*fixed, overdue):
            at = calendar.midnight(reviewed)
            if max(after + 1, begins) <= at < ends:
                yield Due(at, None, policy, reviewed)
        if day > policy.review_on and calendar.is_open_day(day) and max(after + 1, begins) <= calendar.midnight(day) < ends:
            yield Due(calendar.midnight(day), None, policy, day)


def fall_due(watch: Watch, due: Due) -> tuple[Watch, Event]:
    if due.source is not None:
        since = _silent_since(watch, due.source)
        silent = {**watch.silent, due.source.prefix: since}
        return msgspec.structs.replace(watch, silent=silent), _silence_event("handoff.source_silent", due.policy, due.source, since, due.at)
    assert due.day is not None
    policy = due.policy
    data = p.HandoffReviewDue(
        policy=policy.name, policy_version=policy.version, review_on=policy.review_on.isoformat(), owners=dict(policy.owners)
    )
    event = Event("handoff.review_due", f"{policy.key}/review/{due.day.isoformat()}", "-", due.at, data)
    return msgspec.structs.replace(watch, reviewed=due.at), event


def _silence_event(kind: str, policy: Policy, source: EvidenceSource, since: Instant, time: Instant) -> Event:
    model = p.HandoffSourceSilent if kind == "handoff.source_silent" else p.HandoffSourceReturned
    data = model(policy=policy.name, policy_version=policy.version, since=since, max_silence=source.max_silence.text)
    return Event(kind, f"{source.prefix}/{format_instant(since)}", "-", time, data)
