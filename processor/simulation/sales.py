"""How six reps of a sample company work the leads that they are given; what makes a lead ready is told elsewhere (leads)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import cycle
from random import Random
from typing import NamedTuple

from processor.domain.calendar import Calendar, Holidays, compile_calendar, parse_window
from processor.simulation.leads import BEGINS, DAY, ENDS, HOUR, MINUTE, Lead, Record, span, visit
from schemas.instants import Instant
from schemas.signals import (
    NOBODY,
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
    CrmRep,
    CrmResumed,
    CrmReturned,
    Direction,
    MarketingActivity,
    Outcome,
)


class Temperament(NamedTuple):
    """`reacts_in`: the median, in minutes of the rep's own working time. The others are shares: of leads, and of calls."""

    reacts_in: float
    overlooks: float
    writes_down_late: float


DILIGENT = Temperament(40, 0.0, 0.03)
SLOW = Temperament(105, 0.15, 0.15)
FORGETFUL = Temperament(55, 0.05, 0.5)
_REACTION_SIGMA = 0.7  # of the logarithm: some react in minutes, a few the day after


class Rep(NamedTuple):
    id: str
    team: str
    temperament: Temperament
    hours: Calendar
    day_off: date | None


def _working(windows: tuple[str, ...], day_off: date | None = None) -> Calendar:
    week = {weekday: [parse_window(window) for window in windows] for weekday in range(5)}
    return compile_calendar("own hours", "Europe/Warsaw", week, Holidays("PL"), {} if day_off is None else {day_off: ()})


_EARLY, _LATE = ("08:00-12:00", "12:30-16:00"), ("09:00-12:30", "13:30-17:30")
_OFFICE = _working(("09:00-12:00", "13:00-17:00"))
_DAY_OFF = date(2026, 11, 10)

REPS = (
    Rep("r1", "enterprise", DILIGENT, _working(_EARLY), None),
    Rep("r2", "enterprise", SLOW, _working(_LATE), None),
    Rep("r3", "mid_market", DILIGENT, _working(_LATE), None),
    Rep("r4", "mid_market", FORGETFUL, _working(_EARLY), None),
    Rep("r5", "smb", DILIGENT, _working(_EARLY, _DAY_OFF), _DAY_OFF),
    Rep("r6", "smb", SLOW, _working(_EARLY), None),
)

_TAKEN_AWAY_AFTER = 8 * HOUR  # of the office's time: by then the clock has taken an untouched lead away
_OUTCOMES: dict[ContactChannel, tuple[tuple[Outcome, ...], tuple[int, ...]]] = {
    "phone": (("connected", "no_answer", "voicemail", "busy", "wrong_number"), (34, 36, 16, 8, 6)),
    "email": (("sent", "delivered", "bounced"), (50, 40, 10)),
    "linkedin": (("sent", "replied"), (78, 22)),
}
_AFTER_CONTACT = (("converted", "talking", "too_early", "no_budget", "not_icp", "later", "disqualified"), (38, 20, 12, 9, 5, 9, 7))


def work(rng: Random, leads: list[Lead]) -> Iterator[Record]:
    """What the CRM keeps: ready leads go to the reps of their team in turn, some others sales finds or clears away by itself."""
    turns = {team: cycle([rep for rep in REPS if rep.team == team]) for team in dict.fromkeys(rep.team for rep in REPS)}
    for _, lead in sorted((lead.ready_at, lead) for lead in leads if lead.ready_at is not None):
        yield from _given(rng, lead, next(turns[lead.team]))
    quiet = [lead.id for lead in leads if lead.ready_at is None and not _has_asked_for_a_demo(lead)]
    rng.shuffle(quiet)
    yield from _house_keeping(rng, quiet)
    for rep in REPS:
        if rep.day_off is not None:
            leaves = rep.hours.midnight(rep.day_off)
            yield Record(NOBODY, leaves - 14 * HOUR, CrmRep(rep=rep.id, available=False, until=leaves + DAY))


def _given(rng: Random, lead: Lead, rep: Rep) -> Iterator[Record]:
    assert lead.ready_at is not None
    assigned = lead.ready_at + span(rng, 3, 9)
    yield Record(lead.id, assigned, CrmAssigned(rep=rep.id))
    begins = assigned
    stand_in = next(other for other in REPS if other.team == rep.team and other is not rep)
    if rep.day_off == _OFFICE.local_date(_OFFICE.next_opening(assigned)):
        begins = _OFFICE.add(assigned, span(rng, 60, 200))
        yield Record(lead.id, begins, CrmAssigned(rep=stand_in.id))
        rep = stand_in
    elif rng.random() < 0.04:
        yield Record(lead.id, assigned + span(rng, 20, 60), CrmPaused(reason="legal_hold"))
        begins = _OFFICE.add(assigned, span(rng, 90, 900))
        yield Record(lead.id, begins, CrmResumed())
    if rng.random() < rep.temperament.overlooks:
        if rng.random() < 0.6:
            yield from _cleared_away(rng, lead, rep)
            return
        # The sales director has heard of it.
        begins = _OFFICE.add(lead.ready_at, span(rng, 365, 440))
        yield Record(lead.id, begins, CrmAssigned(rep=stand_in.id))
        rep = stand_in
    pursuit = _Pursuit(rng, lead.id, rep)
    first = pursuit.after(begins, rng.lognormvariate(0, _REACTION_SIGMA) * rep.temperament.reacts_in)
    if first < _OFFICE.add(begins, _TAKEN_AWAY_AFTER):
        yield from pursuit.take_up(first)
    else:
        yield from _cleared_away(rng, lead, rep)


def _cleared_away(rng: Random, lead: Lead, rep: Rep) -> Iterator[Record]:
    """Who comes too late may not have seen that the clock has returned the lead, and return it again."""
    assert lead.ready_at is not None
    if rng.random() < 0.4:
        at = _OFFICE.add(lead.ready_at, _TAKEN_AWAY_AFTER + span(rng, 45, 200))
        yield Record(lead.id, at, CrmReturned(reason="no_budget", rep=rep.id))


def _has_asked_for_a_demo(lead: Lead) -> bool:
    return any(isinstance(record.data, MarketingActivity) and record.data.activity == "demo_request" for record in lead.records)


def _house_keeping(rng: Random, quiet: list[str]) -> Iterator[Record]:
    """Leads that sales finds without marketing, twins, people who ask to be forgotten."""
    finders = [rep for rep in REPS if rep.temperament is DILIGENT]
    for lead, rep in zip(quiet[:3], finders, strict=False):
        found = _OFFICE.add(BEGINS, span(rng, 200, 1_200))
        yield Record(lead, found, CrmAssigned(rep=rep.id))
        yield Record(lead, found + MINUTE, CrmAccepted(rep=rep.id))
        yield from _Pursuit(rng, lead, rep).converted(found + span(rng, 5, 30))
    for lead, twin in zip(quiet[3:5], quiet[5:7], strict=False):
        yield Record(twin, _OFFICE.add(BEGINS, span(rng, 100, 1_600)), CrmMerged(into=lead))
    for lead in quiet[7:9]:
        yield Record(lead, _OFFICE.add(BEGINS, span(rng, 300, 1_600)), CrmErased())


@dataclass
class _Pursuit:
    """One rep after one lead."""

    rng: Random
    lead: str
    rep: Rep
    activities: int = field(default=0, init=False)

    def after(self, at: Instant, minutes: float) -> Instant:
        """So many minutes of the rep's own working time later."""
        return self.rep.hours.add(at, max(1, int(minutes)) * MINUTE)

    def later(self, at: Instant, least: float, most: float) -> Instant:
        return self.after(at, self.rng.uniform(least, most))

    def take_up(self, at: Instant) -> Iterator[Record]:
        """Accepts or returns; then tries by several ways until somebody answers, a few times at most."""
        if self.rng.random() < 0.3:
            yield self._activity(at - span(self.rng, 1, 30), "email", "outbound", "sent", automated=True)
        if self.rng.random() < 0.05:
            yield from self._returned(at, "not_icp")
            return
        if self.rng.random() < 0.75:
            yield Record(self.lead, at, CrmAccepted(rep=self.rep.id))
            at = self.later(at, 2, 45)
        for _ in range(self.rng.randint(2, 5)):
            channel = self.rng.choices(tuple(_OUTCOMES), (6, 3, 2))[0]
            outcome = self.rng.choices(*_OUTCOMES[channel])[0]
            yield self._activity(at, channel, "outbound", outcome)
            if outcome in ("connected", "replied"):
                yield from self._contacted(at)
                return
            if outcome in ("wrong_number", "bounced") and self.rng.random() < 0.5:
                yield from self._returned(self.later(at, 5, 60), "wrong_contact")
                return
            if channel == "email" and outcome != "bounced" and self.rng.random() < 0.25:
                at = self.later(at, 20, 300)
                yield self._activity(at, "email", "inbound", "replied")
                yield from self._contacted(at)
                return
            at = self.later(at, 70, 420)

    def converted(self, at: Instant) -> Iterator[Record]:
        """Need, budget and timing are confirmed; then an opportunity, which half the time is decided in the same week."""
        yield self._activity(at, "meeting", "outbound", "met")
        yield Record(self.lead, self.later(at, 5, 60), CrmQualified(rep=self.rep.id))
        opened, opportunity = self.later(at, 90, 400), f"O-{self.lead}"
        amount, currency = f"{self.rng.randint(12, 160)}000.00", self.rng.choice(("PLN", "EUR"))
        yield Record(self.lead, opened, CrmOpportunity(opportunity=opportunity, status="open", amount=amount, currency=currency))
        decided = self.later(opened, 60, 500)
        if self.rng.random() < 0.35:
            yield Record(self.lead, decided, CrmOpportunity(opportunity=opportunity, status="won", amount=amount, currency=currency))
        elif self.rng.random() < 0.3:
            yield Record(self.lead, decided, CrmOpportunity(opportunity=opportunity, status="lost", reason="competitor"))

    def _contacted(self, at: Instant) -> Iterator[Record]:
        if self.rng.random() < 0.2:
            learned = CrmProfile(attributes={"technologies": ("hubspot", "slack")})
            yield Record(self.lead, at + span(self.rng, 5, 25), learned)
        match self.rng.choices(*_AFTER_CONTACT)[0]:
            case "converted":
                yield from self.converted(self.later(at, 30, 500))
            case "talking":
                yield self._activity(self.later(at, 2, 10), "note", "outbound", "sent")
                yield self._activity(self.later(at, 120, 500), "phone", "outbound", "connected")
            case "later":
                asked = self.later(at, 2, 20)
                until = ENDS + self.rng.randint(1, 12) * DAY
                yield Record(self.lead, asked, CrmPaused(reason="asked_for_later", until=until))
                if self.rng.random() < 0.3:
                    yield Record(self.lead, self.later(asked, 300, 900), CrmResumed(reason="asked_for_later"))
            case "disqualified":
                reason = self.rng.choice(("competitor", "student", "job_seeker"))
                yield Record(self.lead, self.later(at, 2, 20), CrmDisqualified(reason=reason, rep=self.rep.id))
            case reason:
                yield from self._returned(self.later(at, 3, 40), reason)

    def _returned(self, at: Instant, reason: str) -> Iterator[Record]:
        """A lead that came too early may come back by itself, one that does not fit may have been misjudged; both are worked anew."""
        yield Record(self.lead, at, CrmReturned(reason=reason, rep=self.rep.id))
        if self.rng.random() > 0.3:
            return
        if reason == "not_icp":
            back = self.later(at, 60, 400)
            yield Record(self.lead, back, CrmReopened())
        elif reason == "too_early":
            back = at + span(self.rng, 1_000, 2_800)
            yield from visit(self.rng, self.lead, back)
        else:
            return
        yield Record(self.lead, back + span(self.rng, 3, 9), CrmAssigned(rep=self.rep.id))
        yield from self.take_up(self.after(back, self.rep.temperament.reacts_in))

    def _activity(self, at: Instant, channel: ContactChannel, direction: Direction, outcome: Outcome, *, automated: bool = False) -> Record:
        """Machines write down at once; a rep after the call, or hours later, from memory."""
        self.activities += 1
        duration = self.rng.randint(40, 1_500) if channel == "phone" and outcome == "connected" else None
        recorded = at if automated or direction == "inbound" else at + span(self.rng, 0.2, 3) + (duration or 0) // 60 * MINUTE
        if not automated and direction == "outbound" and self.rng.random() < self.rep.temperament.writes_down_late:
            recorded = self.later(at, 120, 600)
        activity = CrmActivity(
            activity_id=f"{self.lead}-{self.activities}",
            channel=channel,
            direction=direction,
            outcome=outcome,
            automated=automated,
            rep=self.rep.id,
            duration_s=duration,
        )
        return Record(self.lead, at, activity, recorded)
