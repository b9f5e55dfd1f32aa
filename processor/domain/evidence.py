"""What a CRM fact does: which cycle holds it, what it accepts, meets, ends or undoes; reading it from a signal stays outside (decide)."""

from processor.domain import events as e
from processor.domain.endings import change_stage, end, limits_requalification, return_by_rep, stage_left, stage_told_by
from processor.domain.handoff import open_sales_sourced
from processor.domain.lead import REOPENABLE, Cycle, Fact
from processor.domain.story import Story
from processor.domain.verdicts import accept, hold_loose, reconcile, withdraw_return
from schemas.events import Stage
from schemas.instants import Instant

_OPENS_SALES_SOURCED = ("accepted", "qualified", "opportunity")


def hear(story: Story, fact: Fact) -> e.IgnoredBecause | None:
    """Applies the fact to the cycle that holds it; why it is ignored where it can have no effect."""
    if story.now - fact.occurred > story.policy.evidence.window:
        return "too_late"
    if fact.kind == "activity" and not (fact.channel or fact.is_contact):
        story.say(e.Noted("no_evidence"))
        return None
    if (cycle := story.lead.holder(fact.occurred)) is not None:
        ignored = _apply(story, cycle, fact)
        if fact.kind == "disqualified" and cycle.n < story.lead.cycles_begun:
            return _disqualify_since(story, fact) and ignored
        return ignored
    if fact.kind == "activity":
        _set_aside(story, fact)
        return None
    if fact.kind == "disqualified":
        return _disqualify_since(story, fact)
    if fact.kind in _OPENS_SALES_SOURCED and _may_sales_open(story):
        open_sales_sourced(story, fact)
        return _apply(story, story.lead.cycle(story.lead.cycles_begun), fact)
    if fact.kind == "returned" and story.lead.cycles and story.lead.cycles[-1].clock_return:
        _set_aside(story, fact)  # should the clock's return be withdrawn, this is how its cycle ended
    return "impossible"


def _may_sales_open(story: Story) -> bool:
    lead = story.lead
    return lead.open_cycle is None and lead.withheld is None and lead.stage not in ("disqualified", "customer")


def _disqualify_since(story: Story, fact: Fact) -> e.IgnoredBecause | None:
    """A disqualification always holds: it ends also what has begun after it, and decides the stage outside a cycle."""
    is_lifted = _is_lifted(story, "disqualified", fact.occurred)
    if (cycle := story.lead.open_cycle) is not None and not is_lifted:
        return _apply(story, cycle, fact)
    _set_aside(story, fact)  # should the clock's return be withdrawn, this ends the cycle that it had ended
    if is_lifted or story.lead.stage == "disqualified":
        return "no_effect"
    change_stage(story, "disqualified", fact.occurred, fact.id)
    return None


def _is_lifted(story: Story, stage: Stage, at: Instant) -> bool:
    """Had it been known, the reopening would have lifted it."""
    return stage in REOPENABLE and story.lead.reopened_at is not None and at < story.lead.reopened_at


def _set_aside(story: Story, fact: Fact) -> None:
    story.say(e.FactSetAside(fact, story.now - story.policy.evidence.window))


def _apply(story: Story, cycle: Cycle, fact: Fact) -> e.IgnoredBecause | None:
    n, before, terms = cycle.n, len(story.told), story.terms(cycle.n)
    left, told = stage_left(terms), stage_told_by(story, terms)
    was_disqualified_outside = story.lead.stage == "disqualified" and (
        told != "disqualified" or any(other.kind == "disqualified" for other in story.lead.loose)
    )  # which holds, whatever else comes to light
    story.say(e.FactKept(n, fact))
    if cycle.sales_sourced:
        hold_loose(story, n, ("activity",))  # what was done at the instant at which it began
    withdraw_return(story, n, fact)
    reconcile(story, n, fact)
    accept(story, n)
    if n == story.lead.cycles_begun:
        ends_anew = _end_where_changed(story, cycle)
        to = stage_told_by(story, story.terms(n))
        if to != told and not was_disqualified_outside and not _is_lifted(story, to, fact.occurred):
            is_back = cycle.clock_return is not None and to == left
            change_stage(story, to, cycle.clock_return.at if cycle.clock_return and is_back else fact.occurred, fact.id)
        if ends_anew:
            _hear_left_behind(story, n)
    was_only_kept = len(story.told) == before + 1
    return "no_effect" if was_only_kept and fact.kind != "activity" else None


def _end_where_changed(story: Story, former: Cycle) -> bool:
    """The cycle ends, or turns out to have ended otherwise than was said."""
    cycle = story.lead.cycle(former.n)
    if cycle.ended_at is None or cycle.clock_return is not None:
        return False
    if cycle.ended_at == former.ended_at and former.clock_return is None:
        return False  # as was said
    ending = next(fact for fact in cycle.facts if fact.ends_cycle)
    if ending.kind == "returned":
        return_by_rep(story, cycle.n, ending)
    limits = limits_requalification(cycle) and not _is_lifted(story, "nurture", cycle.ended_at)
    end(story, cycle.n, ending.occurred, limits=limits)
    return True


def _hear_left_behind(story: Story, n: int) -> None:
    """What an earlier end, heard of late, has put after its cycle is of sales' own one, as it would be had it been heard in order."""
    ended = story.lead.cycle(n)
    assert ended.ended_at is not None
    for fact in ended.facts:
        if fact.occurred <= ended.ended_at or fact.kind in ("activity", "disqualified"):
            continue
        if (holder := story.lead.holder(fact.occurred)) is None and fact.kind in _OPENS_SALES_SOURCED and _may_sales_open(story):
            open_sales_sourced(story, fact)
            holder = story.lead.cycle(story.lead.cycles_begun)
        if holder is not None and fact not in holder.facts:
            _apply(story, holder, fact)
