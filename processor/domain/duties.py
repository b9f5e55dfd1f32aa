"""When a duty was done, read from a cycle's facts alone; what it means for a clock that was judged already stays outside (verdicts)."""

from processor.domain.lead import Cycle, Fact
from processor.domain.policy import Attempts, ClockPolicy, Policy
from schemas.instants import Instant


def done(duty: ClockPolicy, attempts: Attempts, cycle: Cycle, since: Instant | None) -> Fact | None:
    """The fact with which the duty was first done: any of its deeds, or the last of the attempts it asks for.

    `since`: of a clock that has started again only later facts count; of others those since the cycle began.
    """
    first = cycle.began if since is None else since
    facts = cycle.facts if not cycle.facts or cycle.facts[0].occurred >= first else tuple(f for f in cycle.facts if f.occurred >= first)
    deed = next((fact for fact in facts if fact.kind in duty.deeds or (fact.is_contact and "contact" in duty.deeds)), None)
    enough = counted_attempt(attempts, facts, duty.attempts) if duty.attempts else None
    if deed is None or enough is None:
        return deed or enough
    return min(deed, enough, key=lambda fact: fact.occurred)


def counted_attempt(attempts: Attempts, facts: tuple[Fact, ...], number: int) -> Fact | None:
    """The number-th attempt that counts (1 is the first): greedy by occurred, each at least the spacing after the last that counted.

    Of one activity only the first qualifying record is looked at.
    """
    last: Instant | None = None
    looked_at: set[str] = set()
    for fact in facts:
        if fact.channel not in attempts.channels or fact.activity in looked_at:
            continue
        looked_at.add(fact.activity)
        if last is None or fact.occurred - last >= attempts.min_spacing:
            last = fact.occurred
            number -= 1
            if number == 0:
                return fact
    return None


def accepting(policy: Policy, cycle: Cycle) -> Fact | None:
    """The fact that accepted the lead: `accepted`, or the first attempt where the clock `acceptance` is met by one."""
    clock, duty = cycle.clock("acceptance"), policy.clock_named.get("acceptance")
    since = clock.facts_from if clock else None
    facts = cycle.facts if since is None else tuple(fact for fact in cycle.facts if fact.occurred >= since)
    word = next((fact for fact in facts if fact.kind == "accepted"), None)
    tried = counted_attempt(policy.attempts, facts, 1) if duty and duty.attempts == 1 else None
    if word is None or tried is None:
        return word or tried
    return min(word, tried, key=lambda fact: fact.occurred)


def contacted_by(cycle: Cycle, until: Instant) -> bool:
    return any(fact.is_contact and fact.occurred <= until for fact in cycle.facts)


def stopped_by_fact(cycle: Cycle) -> Instant | None:
    """When a fact stopped the cycle's clocks, whatever a clock's return did."""
    return next((fact.occurred for fact in cycle.facts if fact.stops_clocks), None)
