"""What was done in a cycle, and what each deed counts as; which duty it met is told with the clocks."""

from collections.abc import Iterator
from itertools import count, takewhile

from processor.domain.duties import counted_attempt
from processor.domain.lead import Cycle, Fact
from processor.domain.policy import Policy
from processor.explain.story import Deed, NotCounted
from schemas.events import Evidence


def deeds(cycle: Cycle, policy: Policy) -> Iterator[Deed]:
    """The cycle's facts, by occurred."""
    in_order = takewhile(lambda fact: fact is not None, (counted_attempt(policy.attempts, cycle.facts, number) for number in count(1)))
    numbers = {id(fact): number for number, fact in enumerate(in_order, 1)}
    seen: set[str] = set()
    for fact in cycle.facts:
        number = numbers.get(id(fact))
        yield Deed(
            kind=fact.kind,
            word=fact.word or None,
            channel=fact.channel or None,
            evidence=evidence_of(fact),
            attempt=number,
            contact=fact.is_contact or None,
            not_counted=_not_counted(fact, policy, seen) if fact.channel and number is None else None,
        )
        seen.add(fact.activity)


def evidence_of(fact: Fact) -> Evidence:
    return Evidence(
        id=fact.id,
        source=fact.source,
        occurred=fact.occurred,
        recorded=fact.recorded,
        logged=fact.logged,
        backdated=True if fact.backdated else None,
    )


def _not_counted(fact: Fact, policy: Policy, seen: set[str]) -> NotCounted:
    if fact.channel not in policy.attempts.channels:
        return "channel"
    return "same_activity" if fact.activity in seen else "too_soon"
