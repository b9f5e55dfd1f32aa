"""Judgement: what follows from one signal about one lead; time, policies and what is proven are passed in, memory is elsewhere (evolve)."""

from collections.abc import Callable
from typing import Any

from processor.domain import duplicates
from processor.domain import events as e
from processor.domain.endings import change_stage
from processor.domain.evidence import hear
from processor.domain.evolve import MOST_ACTIVITIES
from processor.domain.handoff import ask_gate
from processor.domain.lead import REOPENABLE, SILENT_STAGES, Activity, ActivityKind, Attribute, Fact, FactKind
from processor.domain.pauses import assign, pause, resume
from processor.domain.policy import Policy
from processor.domain.scoring import matching_rules
from processor.domain.story import Story
from processor.domain.verdicts import cancel
from schemas import signals as s
from schemas.errors import BadRecord
from schemas.instants import SECOND, Instant
from schemas.signals import Signal

CLOCK_SKEW = 300 * SECOND  # sources' clocks may be ahead by this much


def decide(story: Story, signal: Signal) -> None:
    """Says what follows from the signal, logged at `story.now`; its words are known to the policy (`refuse_unknown_words`)."""
    mark = duplicates.identity(signal.source, signal.id)
    repeat = duplicates.repeat_of(story.lead.seen, mark)
    if story.lead.stage in SILENT_STAGES and not (story.lead.stage == "erased" and isinstance(signal.data, s.CrmReopened)):
        story.say(e.Noted("dropped"))
    elif repeat is None:
        story.say(e.Heard(mark, story.now, story.now + story.policy.closed_leads_kept_for))
        _DECIDE[type(signal.data)](story, signal)
    elif not repeat.published:
        story.say(e.Ignored(signal.source, signal.id, signal.occurred, "duplicate"))
        story.say(e.RepeatPublished(mark))
    else:
        story.say(e.Noted("repeated"))


def refuse_unknown_words(policy: Policy, signal: Signal) -> None:
    """BadRecord for a reason of a return or a pause that the policy in force does not list; a disqualification may give any."""
    data = signal.data
    if isinstance(data, s.CrmReturned) and data.reason not in policy.returns:
        raise BadRecord("unknown_reason", "data.reason", repr(data.reason), f"one of the policy's returns: {', '.join(policy.returns)}")
    if isinstance(data, s.CrmPaused) and data.reason not in policy.pauses:
        raise BadRecord("unknown_reason", "data.reason", repr(data.reason), f"one of the policy's pauses: {', '.join(policy.pauses)}")


def _occurred(story: Story, occurred: Instant) -> Instant:
    """An occurred later than clocks may differ is clamped to logged."""
    if occurred <= story.now + CLOCK_SKEW:
        return occurred
    story.say(e.Noted("clamped"))
    return story.now


def _activity(story: Story, signal: Signal) -> None:
    data, occurred = signal.data, _occurred(story, signal.occurred)
    assert isinstance(data, s.MarketingActivity)
    kind = _kind(data)
    matching = matching_rules(story.policy, kind)
    if not matching.positions:
        story.say(e.Noted("unscored"))
    else:
        if len(story.lead.activities) == MOST_ACTIVITIES:
            story.say(e.Noted("activities_full"))
        new = tuple(name for name in matching.positive if name not in story.lead.matched)
        story.say(e.ActivityScored(Activity(occurred, kind), new, matching.is_negative))
    ask_gate(story, occurred, signal.id)


def _kind(data: s.MarketingActivity) -> ActivityKind:
    properties = tuple((name, value, _types(value)) for name, value in sorted(data.properties.items())) if data.properties else ()
    return data.activity, data.url, data.asset, data.asset_type, data.campaign, data.channel, properties


def _types(value: Attribute | None) -> str:
    return ",".join(type(item).__name__ for item in value) if isinstance(value, tuple) else type(value).__name__


def _profile(story: Story, signal: Signal) -> None:
    data, occurred = signal.data, _occurred(story, signal.occurred)
    assert isinstance(data, s.MarketingProfile)
    known = story.lead.profile
    changes = {name: (value, occurred) for name, value in data.attributes.items() if name not in known or known[name][1] <= occurred}
    if changes:
        story.say(e.ProfileChanged(changes, occurred))
        ask_gate(story, occurred, signal.id)
    else:
        story.say(e.Noted("no_effect"))


def _crm_fact(story: Story, signal: Signal) -> None:
    occurred, backdated = signal.occurred, signal.recorded - signal.occurred > story.policy.evidence.max_backdating
    if backdated:
        story.say(e.Noted("backdated"))
        occurred = signal.recorded
    occurred = _occurred(story, occurred)
    kind, word, channel, is_contact, activity = _KINDS[type(signal.data)], "", "", False, ""
    match signal.data:
        case s.CrmReturned(reason=reason) | s.CrmDisqualified(reason=reason):
            word = reason
        case s.CrmOpportunity(status=status):
            word = status
        case s.CrmActivity() as done:
            channel = done.channel if _is_tried(done) else ""
            is_contact, activity = _is_contact(done), f"{signal.source}\0{done.activity_id}"
            if done.outcome in ("bounced", "wrong_number"):
                story.say(e.Noted("unreachable"))
    fact = Fact(kind, occurred, signal.recorded, story.now, signal.source, signal.id, backdated, channel, is_contact, activity, word)
    if (ignored := hear(story, fact)) is not None:
        story.say(e.Ignored(signal.source, signal.id, signal.occurred, ignored))


def _is_tried(done: s.CrmActivity) -> bool:
    return done.direction == "outbound" and not done.automated and done.outcome in s.DELIVERED_OR_RUNG


def _is_contact(done: s.CrmActivity) -> bool:
    return not done.automated and done.channel not in ("note", "task") and (done.direction == "inbound" or done.outcome in s.TWO_WAY)


def _reopened(story: Story, signal: Signal) -> None:
    stage = story.lead.stage
    if stage not in REOPENABLE:
        story.say(e.Noted("no_effect"))
        return
    occurred = _occurred(story, signal.occurred)
    story.say(e.Reopened(occurred))
    change_stage(story, "lead", occurred, signal.id)
    ask_gate(story, occurred, signal.id)


def _silenced(story: Story, signal: Signal) -> None:
    cycle = story.lead.open_cycle
    if cycle is not None:
        terms = story.terms(cycle.n)
        for clock, duty in terms.clocks():
            if clock.state == "running":
                cancel(story, terms, clock, duty, story.now)
    merged = isinstance(signal.data, s.CrmMerged)
    if merged:
        change_stage(story, "merged", story.now, signal.id)
    story.say(e.Silenced("merged" if merged else "erased"))


_KINDS: dict[type, FactKind] = {
    s.CrmActivity: "activity",
    s.CrmAccepted: "accepted",
    s.CrmReturned: "returned",
    s.CrmQualified: "qualified",
    s.CrmDisqualified: "disqualified",
    s.CrmOpportunity: "opportunity",
}

_DECIDE: dict[type, Callable[[Story, Any], None]] = {
    s.MarketingActivity: _activity,
    s.MarketingProfile: _profile,
    s.CrmProfile: _profile,
    **dict.fromkeys(_KINDS, _crm_fact),
    s.CrmAssigned: lambda story, signal: assign(story, signal.data.rep),
    s.CrmPaused: lambda story, signal: pause(story, signal.data),
    s.CrmResumed: lambda story, signal: resume(story, signal.data),
    s.CrmReopened: _reopened,
    s.CrmErased: _silenced,
    s.CrmMerged: _silenced,
}
