"""What a lead of a simulated company does and what is done about it, from first visit to deal; how that is heard is told elsewhere.

Whoever acts here does not know the policy: some calls come minutes before a deadline, some at the very instant, some never.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from schemas.instants import SECOND, Instant
from schemas.signals import (
    ContactChannel,
    CrmAccepted,
    CrmActivity,
    CrmAssigned,
    CrmDisqualified,
    CrmErased,
    CrmMerged,
    CrmOpportunity,
    CrmPaused,
    CrmProfile,
    CrmQualified,
    CrmReopened,
    CrmResumed,
    CrmReturned,
    Direction,
    MarketingActivity,
    MarketingProfile,
    OpportunityStatus,
    Outcome,
    SignalData,
)
from schemas.values import Attribute

MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
REPS = ("r1", "r2", "r3", "r4", "r5", "r6")
CAMPAIGNS = ("search-brand", "guides", "warsaw-expo", "partners", "newsletter")
_USUAL = (5 * MINUTE, 45 * MINUTE, 90 * MINUTE, 100 * MINUTE, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR)
_OPENING = 7 * HOUR  # of a Polish office, in UTC and roughly
_OUTCOMES: tuple[Outcome, ...] = ("connected", "no_answer", "voicemail", "busy", "bounced", "sent", "delivered", "replied", "met")
_NO_ANSWER: tuple[Outcome, ...] = ("no_answer", "sent", "voicemail")


class Deed(NamedTuple):
    """`recorded`: when the source system wrote it down."""

    occurred: Instant
    recorded: Instant
    data: SignalData


class Manners(NamedTuple):
    """How a company's people behave: `mischief` is the share of deeds that no manual foresees."""

    mischief: float
    quick: float  # hours, the median, until a rep reacts
    steps: int  # the most that happens to a lead


CALM = Manners(0.03, 2.0, 10)
HARD = Manners(0.25, 3.0, 16)


def live(rng: Random, lead: str, arrives: Instant, manners: Manners) -> Iterator[Deed]:
    """In no order of time."""
    attributes = _attributes(rng)
    held_back = {name: attributes.pop(name) for name in _held_back(rng)}
    yield from _written(rng, arrives, MarketingProfile(attributes=attributes))
    called = arrives
    for activity in _interest(rng):
        called += _gap(rng, 0.4)
        yield from _written(rng, called, activity)
    if held_back and rng.random() < 0.8:
        called += _gap(rng, 4)
        yield from _written(rng, called, MarketingProfile(attributes=held_back))
    if rng.random() < 0.8:
        yield from _pursuit(rng, lead, called, manners)


def _attributes(rng: Random) -> dict[str, Attribute | None]:
    campaign = rng.choice(CAMPAIGNS)
    return {
        "company": f"Firm {rng.randrange(400)}",
        "role": rng.choice(("ceo", "ceo", "cto", "cmo", "analyst", "student")),
        "employees": rng.choice((8, 60, 150, 400, 1_200, 6_000)),
        "industry": rng.choice(("saas", "saas", "manufacturing", "consulting", "retail")),
        "country": rng.choice(("PL", "PL", "DE", "GB")),
        "technologies": tuple(sorted(rng.sample(("hubspot", "sap", "shopify", "segment"), rng.randint(0, 2)))),
        "source": rng.choice(("google", "linkedin", "expo", "partner")),
        "campaign": campaign,
        "email_domain": rng.choice(("firm.example", "firm.example", "gmail.com")),
        "email_known": True,
    }


def _held_back(rng: Random) -> tuple[str, ...]:
    return rng.choice(((), (), (), (), ("campaign",), ("company", "source"), ("email_known",)))


def _interest(rng: Random) -> Iterator[MarketingActivity]:
    demo, prices = MarketingActivity(activity="demo_request", url="/demo"), MarketingActivity(activity="page_view", url="/pricing/team")
    webinar = MarketingActivity(activity="webinar_attended", asset="live", channel="event")
    report = MarketingActivity(activity="content_download", asset="roi", asset_type=rng.choice(("report", "ebook", "checklist")))
    idle = MarketingActivity(activity="page_view", url="/blog", campaign=rng.choice(CAMPAIGNS), channel="organic")
    for _ in range(rng.randint(0, 3)):
        yield rng.choice((idle, report, prices))
    yield from rng.choice(((demo, prices), (demo, webinar), (webinar, report, demo), (prices, demo), (webinar, prices), (report,)))


def _pursuit(rng: Random, lead: str, called: Instant, manners: Manners) -> Iterator[Deed]:
    """One thing after the other, each drawn with no memory but of the hour."""
    rep = rng.choice(REPS)
    if rng.random() < 0.8:
        yield from _written(rng, called + int(rng.uniform(-10, 40)) * MINUTE, CrmAssigned(rep=rep))
    if rng.random() < 0.12:
        return  # overlooked
    at = _office(rng, called + _gap(rng, manners.quick))
    for n in range(rng.randint(1, manners.steps)):
        for data in _move(rng, lead, n, rep, at, manners):
            yield from _written(rng, at, data)
            at += rng.choice((0, SECOND, 30 * MINUTE, HOUR, int(rng.uniform(1, 40)) * MINUTE))
        at = _at_a_usual_time(rng, called, _office(rng, at + _gap(rng, manners.quick)))


def _move(rng: Random, lead: str, n: int, rep: str, at: Instant, manners: Manners) -> Iterator[SignalData]:
    if rng.random() < manners.mischief:
        yield from _odd_move(rng, rep, at)
        return
    match rng.choices(("contact", "accept", "qualify", "return", "later", "deal", "interest", "reassign"), (50, 12, 7, 6, 6, 6, 7, 6))[0]:
        case "contact":
            yield _contact(rng, lead, n, rep)
            if rng.random() < 0.3:
                yield _contact(rng, lead, n + 30, rep)
        case "accept":
            yield CrmAccepted(rep=rep)
            yield _contact(rng, lead, n, rep)
        case "qualify":
            yield CrmQualified(rep=rep)
        case "return":
            yield CrmReturned(reason=rng.choice(("too_early", "no_budget", "not_icp")), rep=rep)
        case "later":
            yield from _pause(rng, at)
        case "deal":
            statuses: tuple[OpportunityStatus, ...] = rng.choice((("open",), ("open", "won"), ("open", "lost"), ("won",), ("lost",)))
            for status in statuses:
                yield CrmOpportunity(opportunity=f"O-{lead}", status=status, amount=f"{rng.randint(5, 90)}000.00", currency="PLN")
        case "interest":
            yield from _interest(rng)
        case _:
            yield CrmAssigned(rep=rng.choice(REPS))


def _odd_move(rng: Random, rep: str, at: Instant) -> Iterator[SignalData]:
    """What happens seldom, or by mistake, or to a lead that the rep has never been given."""
    yield rng.choice(
        (
            CrmErased(),
            CrmMerged(into="L-1"),
            CrmReopened(rep=rep),
            CrmReopened(),
            CrmDisqualified(reason="competitor", rep=rep),
            CrmDisqualified(reason="student"),
            CrmReturned(reason="too_early"),
            CrmAccepted(),
            CrmQualified(),
            CrmPaused(reason="legal_hold"),
            CrmPaused(reason="asked_for_later", clock=rng.choice(("attempts", "first_attempt", "no_such_clock"))),
            CrmPaused(reason="asked_for_later", until=at + int(rng.uniform(-2, 60)) * HOUR),
            CrmResumed(),
            CrmResumed(clock=rng.choice(("attempts", "qualification"))),
            CrmAssigned(rep=rng.choice(REPS)),
            CrmProfile(attributes={"campaign": None}),
            CrmProfile(attributes={"role": rng.choice(("ceo", "student")), "employees": rng.choice((20, 150, 2_000))}),
            MarketingActivity(activity="unsubscribed", channel="email"),
            CrmOpportunity(opportunity="O-odd", status=rng.choice(("open", "won", "lost"))),
        )
    )


def _pause(rng: Random, at: Instant) -> Iterator[SignalData]:
    until = at + rng.randint(2, 150) * HOUR if rng.random() < 0.5 else None
    yield CrmPaused(reason=rng.choice(("asked_for_later", "asked_for_later", "legal_hold")), until=until)
    if rng.random() < 0.5:
        yield CrmResumed(reason="asked_for_later", clock=rng.choice((None, None, "attempts")))


def _contact(rng: Random, lead: str, n: int, rep: str) -> CrmActivity:
    """One id in eight is that of an earlier activity: the CRM has corrected it."""
    channel: ContactChannel = rng.choice(("phone", "phone", "phone", "email", "email", "linkedin", "meeting", "sms", "note", "task"))
    direction: Direction = "inbound" if rng.random() < 0.12 else "outbound"
    outcome = rng.choice(_OUTCOMES if rng.random() < 0.5 else _NO_ANSWER)
    number = n if rng.random() < 0.88 else max(0, n - rng.randint(1, 3))
    return CrmActivity(
        activity_id=f"{lead}-{number}", channel=channel, direction=direction, outcome=outcome, automated=rng.random() < 0.1, rep=rep
    )


def _written(rng: Random, at: Instant, data: SignalData) -> Iterator[Deed]:
    """Machines write at once, people after the deed, now and then the day after or later."""
    yield Deed(at, at + rng.choice((0, 0, 0, 0, 2 * MINUTE, 20 * MINUTE, rng.randint(1, 40) * HOUR)), data)


def _gap(rng: Random, hours: float) -> Instant:
    return int(rng.lognormvariate(0, 1.2) * hours * 3_600) * SECOND


def _office(rng: Random, at: Instant) -> Instant:
    """Mostly in the hours of an office, on some day."""
    if rng.random() < 0.2:
        return at
    return max(at, at // DAY * DAY + _OPENING + int(rng.random() * 9 * 3_600) * SECOND)


def _at_a_usual_time(rng: Random, called: Instant, at: Instant) -> Instant:
    """One in six falls a usual time after the handoff, where deadlines fall too, or a second beside it."""
    if rng.random() < 0.84:
        return at
    usual = rng.choice(_USUAL) if at - called < 8 * HOUR else (at - called) // HOUR * HOUR
    return called + usual + rng.choice((-1, 0, 0, 0, 1)) * SECOND
