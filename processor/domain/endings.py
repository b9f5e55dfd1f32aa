"""How a cycle ends and what stage that leaves: returns, nurture, what the facts lead to; the verdicts of its clocks stay outside."""

from processor.domain import events as e
from processor.domain.conditions import holds
from processor.domain.lead import Cycle, Fact
from processor.domain.policy import NO_RESPONSE, ReturnReason
from processor.domain.story import Story, Terms
from processor.domain.verdicts import cancel
from schemas.events import Stage
from schemas.instants import Instant

_CLOSED_AS: dict[str, Stage] = {"won": "customer", "lost": "lost"}


def return_by_rep(story: Story, n: int, fact: Fact) -> None:
    _return(story, n, fact.occurred, fact.word, "", fact.logged)


def return_by_clock(story: Story, n: int, clock_name: str, at: Instant) -> None:
    """Stamped with the step's own instant, however long it had to wait; what is open is cancelled."""
    _return(story, n, at, NO_RESPONSE, clock_name, story.now)
    terms = story.terms(n)
    for clock, duty in terms.clocks():
        if clock.state == "running":
            cancel(story, terms, clock, duty, at)
    end(story, n, at, limits=True)


def _return(story: Story, n: int, at: Instant, reason: str, clock_name: str, logged: Instant) -> None:
    terms = story.terms(n)
    meaning = reason_meaning(story, terms, reason, logged)
    left = stage_left(terms)
    story.say(e.Returned(n, at, reason, meaning.fault, clock_name))
    if not meaning.disqualifies:
        track = nurture_track(story, meaning, left)
        story.say(e.Nurtured(n, at, track, reason, left, at + terms.policy.requalify.cool_down))


def reason_meaning(story: Story, terms: Terms, reason: str, logged: Instant) -> ReturnReason:
    """The cycle's version's, where it lists the reason, else that of the version in force when the return was logged."""
    return terms.policy.returns.get(reason) or story.policies.at(logged).returns[reason]


def nurture_track(story: Story, meaning: ReturnReason, left: Stage) -> str:
    facts = story.lead.attributes | {"stage": left, "returns": story.lead.returns - 1}
    return next((choice.track for choice in meaning.tracks if holds(choice.when, facts)), meaning.default_track or "")


def end(story: Story, n: int, at: Instant, *, limits: bool) -> None:
    """Says that the cycle has ended, and for how long facts may still change it."""
    terms = story.terms(n)
    longest = max(terms.policy.evidence.window, story.policy.evidence.window)
    kept_until = max(at, story.now) + terms.cycle.grace + longest
    story.say(e.CycleEnded(n, at, kept_until, max(at, story.now) + story.policy.closed_leads_kept_for, limits))


def stage_left(terms: Terms) -> Stage:
    """Where the lead stands in its cycle by accepting and converting alone."""
    cycle = terms.cycle
    until = cycle.holds_until  # it may have turned out to have ended before it was accepted
    is_accepted = cycle.accepted_at is not None and (until is None or cycle.accepted_at <= until)
    stage: Stage = "sal" if is_accepted else "mql"
    for fact in cycle.facts:
        if cycle.ended_at is not None and fact.occurred > cycle.ended_at:
            break
        if fact.kind == "qualified" and stage in ("mql", "sal"):
            stage = "sql"
        elif fact.kind == "opportunity":
            stage = "opportunity"
    return stage


def stage_told_by(story: Story, terms: Terms) -> Stage:
    """The stage that a cycle's facts lead to: its end's, or as far as it has come."""
    cycle = terms.cycle
    if any(fact.kind == "disqualified" for fact in cycle.facts):
        return "disqualified"  # it always holds, also where another end came before it
    if cycle.ended_at is None:
        return stage_left(terms)
    ending = next((fact for fact in cycle.facts if fact.ends_cycle and fact.occurred == cycle.ended_at), None)
    if ending is None:
        return "nurture"  # the clock's return
    if ending.kind == "returned":
        return "disqualified" if reason_meaning(story, terms, ending.word, ending.logged).disqualifies else "nurture"
    return _CLOSED_AS[ending.word]


def change_stage(story: Story, to: Stage, at: Instant, cause: str) -> None:
    if story.lead.stage != to:
        story.say(e.StageChanged(to, at, cause))


def limits_requalification(cycle: Cycle) -> bool:
    """A return does, and `lost` counts as one by nobody."""
    return any(fact.occurred == cycle.ended_at and (fact.kind == "returned" or fact.word == "lost") for fact in cycle.facts)
