"""Handing a lead off: asking the gate, withholding what is incomplete, beginning a cycle; scores and verdicts stay outside."""

from processor.domain import events as e
from processor.domain.conditions import is_missing
from processor.domain.duties import accepting
from processor.domain.endings import change_stage, stage_left
from processor.domain.gate import Passed, ask, complete, missing_fields, segment_of
from processor.domain.lead import Cycle, Fact, Withheld
from processor.domain.policy import Segment
from processor.domain.scoring import negative_fit_rules
from processor.domain.story import Story
from processor.domain.verdicts import accept, hold_loose, open_clocks, reconcile
from processor.domain.watch import NEVER
from schemas.instants import Instant

NO_GATE = ("customer", "disqualified")


def ask_gate(story: Story, occurred: Instant, cause: str) -> None:
    """Asked when marketing is heard, the profile changes or a lead is reopened; decay alone hands nobody off.

    `occurred` and `cause` (the id) are of the signal that asks.
    """
    lead, policy = story.lead, story.policy
    if lead.open_cycle is not None or lead.stage in NO_GATE:
        return
    if len(lead.matched) < policy.fewest_kinds and lead.withheld is None:
        return  # most leads are far from ready, which is seen without any arithmetic
    attributes = lead.attributes
    segment = segment_of(policy, attributes)
    if segment is None:
        story.say(e.Noted("no_segment"))
        return
    if lead.withheld is None:
        passed = ask(lead, policy, segment, attributes, story.now)
        if passed is None:
            return
        if missing := missing_fields(policy, attributes):
            _withhold(story, segment, missing, passed)
        else:
            _hand_off(story, segment, passed, lead.cycles_begun + 1, occurred, cause)
    else:
        _complete(story, lead.withheld, segment, occurred, cause)


def _withhold(story: Story, segment: Segment, missing: tuple[str, ...], passed: Passed) -> None:
    negatives = negative_fit_rules(story.policy, story.lead.attributes)
    withheld = Withheld(story.lead.cycles_begun + 1, segment.name, negatives)
    story.say(e.Withholding(withheld, story.policy.key, missing, passed.score, story.now))


def _complete(story: Story, withheld: Withheld, segment: Segment, occurred: Instant, cause: str) -> None:
    """The pass stands against decay; once the segment has changed or a negative rule has matched it is judged anew, until it passes."""
    lead, policy, attributes = story.lead, story.policy, story.lead.attributes
    more_negative = set(negative_fit_rules(policy, attributes)) - set(withheld.negatives)
    in_doubt = withheld.in_doubt or segment.name != withheld.segment or bool(more_negative)
    if in_doubt and not withheld.in_doubt:
        story.say(e.PassDoubted())
    if missing_fields(policy, attributes):
        return
    judged = ask if in_doubt else complete
    passed = judged(lead, policy, segment, attributes, story.now)
    if passed is not None:
        _hand_off(story, segment, passed._replace(trigger="completed"), withheld.n, occurred, cause)


def _hand_off(story: Story, segment: Segment, passed: Passed, n: int, occurred: Instant, cause: str) -> None:
    lead, policy = story.lead, story.policy
    carried = {name: lead.attributes.get(name) for name in policy.handoff_carries}
    attributes = {name: value for name, value in carried.items() if value is not None and not is_missing(value)}
    began = _beginning(story, occurred)
    cycle = Cycle(n, policy.key, segment.name, began, story.now, policy.evidence.grace, owner=lead.owner)
    opens = ("handoff", "assigned") if lead.owner else ("handoff",)
    deadlines = tuple((duty.name, segment.calendar.due(story.now, duty.target)) for duty in policy.clocks if duty.opens in opens)
    icp = passed.score.fit >= segment.min_fit
    story.say(e.CycleBegan(cycle, passed.trigger, passed.score, passed.lines, deadlines, attributes, lead.activities[-10:], icp))
    for opening in opens:
        open_clocks(story, n, opening, story.now)
    change_stage(story, "mql", story.now, cause)
    _count_what_was_done_before(story, n)


def _beginning(story: Story, occurred: Instant) -> Instant:
    """From its cause on a cycle holds facts, but not before the last one's end, nor later than now: who calls at once is in it, even if
    the cause's clock runs ahead."""
    return min(story.now, max(occurred, story.lead.last_end if story.lead.last_end is not None else NEVER))


def open_sales_sourced(story: Story, fact: Fact) -> None:
    """Sales worked a lead that nobody had handed off: a cycle without handoff and gate, in the last segment where none matches."""
    lead, policy = story.lead, story.policy
    segment = segment_of(policy, lead.attributes) or policy.segments[-1]
    n = lead.cycles_begun + 1
    began = _beginning(story, fact.occurred)
    cycle = Cycle(n, policy.key, segment.name, began, story.now, policy.evidence.grace, sales_sourced=True, owner=lead.owner)
    story.say(e.CycleBegan(cycle, "sales", None, (), (), {}, (), icp=False))


def _count_what_was_done_before(story: Story, n: int) -> None:
    """A deed between the cause's occurred and its logged is evidence already."""
    hold_loose(story, n, ("activity",))
    reconcile(story, n, None)
    accept(story, n)
    terms = story.terms(n)
    if terms.cycle.accepted_at is not None and (fact := accepting(terms.policy, terms.cycle)) is not None:
        change_stage(story, stage_left(terms), fact.occurred, fact.id)
