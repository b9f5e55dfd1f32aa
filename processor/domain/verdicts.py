"""Verdicts of a cycle's clocks: what its facts say now, compared with what was published before; when deadlines fall stays outside."""

from processor.domain import events as e
from processor.domain.duties import accepting, contacted_by, done, stopped_by_fact
from processor.domain.lead import Clock, Fact, FactKind
from processor.domain.policy import ClockPolicy
from processor.domain.story import Story, Terms
from processor.domain.time_used import due_at, is_in_time, ladder, unpaused, used
from schemas.instants import Instant


def reconcile(story: Story, n: int, arriving: Fact | None) -> None:
    """Publishes what the facts known by now change: a duty done, or undone by an end; a breach that should not have been.

    `arriving` is the record that is named as evidence where a breach is withdrawn.
    """
    for clock, duty in story.terms(n).clocks():
        _settle(story, story.terms(n), clock, duty, arriving)


def _settle(story: Story, terms: Terms, clock: Clock, duty: ClockPolicy, arriving: Fact | None) -> None:
    cycle, calendar = terms.cycle, terms.calendar
    deed = done(duty, terms.policy.attempts, cycle, clock.facts_from)
    # What the clock's return stopped is cancelled already, what it found breached stays so.
    stop = cycle.stopped_at if cycle.clock_return is None else stopped_by_fact(cycle)
    # What was done within the grace of the clock's own return was done in the cycle.
    until = cycle.holds_until if cycle.clock_return else stop
    is_before_stop = deed is not None and (until is None or deed.occurred <= until)
    in_time = deed if deed and is_before_stop and is_in_time(clock, duty.target, calendar, deed.occurred) else None
    stopped = stop if in_time is None and stop is not None and is_in_time(clock, duty.target, calendar, stop) else None
    if clock.state in ("breached", "late") and (in_time or stopped is not None):
        assert arriving is not None, "only a fact that arrives late can undo a breach"
        story.say(e.BreachWithdrawn(cycle.n, clock.name, arriving))
    if in_time:
        if clock.state != "met":
            _meet(story, terms, clock, duty, in_time)
    elif stopped is not None:
        if clock.state not in ("met", "cancelled"):
            cancel(story, terms, clock, duty, stopped)
    elif deed and clock.state == "breached":
        _meet_late(story, terms, clock, duty, deed)


def _meet(story: Story, terms: Terms, clock: Clock, duty: ClockPolicy, deed: Fact) -> None:
    due = due_at(clock, duty.target, terms.calendar, deed.occurred)
    story.say(e.ClockMet(terms.cycle.n, clock.name, deed, due, used(clock, duty.target, terms.calendar, deed.occurred)))


def _meet_late(story: Story, terms: Terms, clock: Clock, duty: ClockPolicy, deed: Fact) -> None:
    """The breach stays. The ladder ends, save a return that already waits: a later deed does not prevent it."""
    story.say(
        e.ClockMet(
            terms.cycle.n,
            clock.name,
            deed,
            clock.due,
            used(clock, duty.target, terms.calendar, deed.occurred),
            late_by=unpaused(clock, duty.target, terms.calendar, clock.due, deed.occurred),
            late_by_elapsed=deed.occurred - clock.due,
        )
    )
    held_from = clock.pause.began if clock.pause else deed.occurred  # the pause under way moves what was not reached when it began
    waiting_until = min(deed.occurred - terms.cycle.grace, held_from)
    left = tuple(rung for rung in clock.rungs if rung.returns and rung.at < waiting_until)
    if left != clock.rungs:
        story.say(e.RungsSkipped(terms.cycle.n, clock.name, left))


def cancel(story: Story, terms: Terms, clock: Clock, duty: ClockPolicy, at: Instant) -> None:
    """A clock is cancelled no earlier than it opened."""
    at = max(at, clock.opened_at)
    due = due_at(clock, duty.target, terms.calendar, at)
    story.say(e.ClockCancelled(terms.cycle.n, clock.name, at, due, used(clock, duty.target, terms.calendar, at)))


def open_clocks(story: Story, n: int, opens: str, at: Instant) -> None:
    """A step whose instant has passed is skipped, never the breach. A cycle that has ended or converted opens no clock."""
    terms = story.terms(n)
    if terms.cycle.stopped_at is not None:
        return
    for duty in terms.policy.clocks:
        if duty.opens == opens and terms.cycle.clock(duty.name) is None:
            open_clock(story, terms, duty, at, restarted=False)


def open_clock(story: Story, terms: Terms, duty: ClockPolicy, at: Instant, *, restarted: bool) -> None:
    due = terms.calendar.due(at, duty.target)
    rungs = tuple(rung for rung in ladder(duty, terms.calendar, at, due) if rung.at >= story.now)
    story.say(e.ClockOpened(terms.cycle.n, duty.name, at, due, rungs, len(duty.steps), restarted))


def accept(story: Story, n: int) -> None:
    """The first fact that accepts the lead opens what opens at `accepted`; once published, later knowledge moves nothing."""
    terms = story.terms(n)
    if terms.cycle.accepted_at is not None or terms.cycle.stopped_at is not None:
        return
    if (fact := accepting(terms.policy, terms.cycle)) is None:
        return
    story.say(e.Accepted(n, fact.occurred))
    open_clocks(story, n, "accepted", fact.occurred)
    reconcile(story, n, None)  # what was done before they opened counts for them too


def is_return_prevented(terms: Terms, clock: Clock, at: Instant) -> bool:
    """Nobody takes a lead away in mid-conversation: the duty was done, or the lead was in contact, up to the instant and the grace."""
    deed = done(terms.duty(clock), terms.policy.attempts, terms.cycle, clock.facts_from)
    until = at + terms.cycle.grace
    return (deed is not None and deed.occurred <= until) or contacted_by(terms.cycle, until)


def hold_loose(story: Story, n: int, kinds: tuple[FactKind, ...]) -> None:
    """Facts outside any cycle, as long as they are kept, count in a cycle that holds them from now on: those set aside, and those that
    an earlier cycle held until it turned out to have ended before them."""
    cycle, oldest = story.lead.cycle(n), story.now - story.policy.evidence.window
    left_behind = [fact for other in story.lead.cycles if other.n != n for fact in other.facts if not other.holds(fact.occurred)]
    for fact in dict.fromkeys((*left_behind, *story.lead.loose)):
        if fact.kind in kinds and cycle.holds(fact.occurred) and fact.logged >= oldest and fact not in cycle.facts:
            story.say(e.FactKept(n, fact))


def withdraw_return(story: Story, n: int, fact: Fact) -> None:
    """Undoes the clock's return where the arriving fact, already among the cycle's, would have prevented it."""
    terms = story.terms(n)
    taken = terms.cycle.clock_return
    if taken is None or not _would_have_prevented(terms, fact):
        return
    if terms.cycle.n != story.lead.cycles_begun:  # a new cycle has begun: that return stands
        return
    nurtured = terms.cycle.nurture > terms.cycle.nurture_cancelled
    story.say(e.ReturnWithdrawn(n, taken.at, fact, nurtured))
    hold_loose(story, n, ("activity", "disqualified", "returned"))
    for clock, duty in terms.clocks():
        reached = clock.pause.began if clock.pause else story.now
        left = tuple(rung for rung in clock.rungs if rung.at >= reached)
        if clock.state == "cancelled":
            at = max(taken.at, clock.opened_at)
            story.say(e.ClockResumed(n, clock.name, at, clock.due, left, used(clock, duty.target, terms.calendar, at), after_pause=False))
        elif left != clock.rungs:
            story.say(e.RungsSkipped(n, clock.name, left))
    if story.lead.owner and not terms.cycle.owner and not terms.cycle.sales_sourced:
        open_clocks(story, n, "assigned", story.now)  # the owner came while the return stood


def _would_have_prevented(terms: Terms, fact: Fact) -> bool:
    taken = terms.cycle.clock_return
    assert taken is not None
    if fact.stops_clocks:
        return True
    clock = terms.cycle.clock(taken.clock)
    assert clock is not None
    return is_return_prevented(terms, clock, taken.at)
