"""The funnel backwards: what a revenue takes, whether the teams can work it, and what history says to it; files and words stay outside."""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Literal, NamedTuple

from processor.domain.calendar import Calendar
from processor.domain.policy import Policies, Policy
from schemas.instants import Instant, parse_instant


class Funnel(NamedTuple):
    """What it takes, rounded up at each step: nobody wins a third of a deal."""

    revenue: Decimal
    deal: Decimal
    sql_to_won: Fraction  # from 0 to 1
    mql_to_sql: Fraction
    won: int
    sql: int
    mql: int

    @property
    def pipeline(self) -> Decimal:
        return self.sql * self.deal

    @property
    def coverage(self) -> Decimal:
        """The pipeline, in revenues."""
        return self.pipeline / self.revenue

    @property
    def coverage_is(self) -> Literal["thin", "usual", "heavy"]:
        """Usual is 3 to 4 times the revenue."""
        return "thin" if self.pipeline < 3 * self.revenue else "heavy" if self.pipeline > 4 * self.revenue else "usual"


def funnel(revenue: Decimal, deal: Decimal, sql_to_won: Fraction, mql_to_sql: Fraction) -> Funnel:
    won = ceil(Fraction(revenue) / Fraction(deal))
    sql = ceil(won / sql_to_won)
    return Funnel(revenue, deal, sql_to_won, mql_to_sql, won, sql, ceil(sql / mql_to_sql))


class Period(NamedTuple):
    first: date
    after: date
    months: int

    @property
    def last(self) -> date:
        return self.after - timedelta(days=1)


_PERIOD = re.compile(r"(?P<year>[0-9]{4})(-Q(?P<quarter>[1-4]))?")


def period(word: str, starts: date) -> Period:
    """`year` and `quarter` begin at `starts`; `2027` and `2027-Q1` say when themselves. ValueError for anything else."""
    if word in ("year", "quarter"):
        first, months = starts, 12 if word == "year" else 3
    elif (named := _PERIOD.fullmatch(word)) and 1900 <= int(named["year"]) < 3000:
        first = date(int(named["year"]), int(named["quarter"] or 1) * 3 - 2, 1)
        months = 3 if named["quarter"] else 12
    else:
        raise ValueError(f"found {word!r}, expected year, quarter, or one of them such as 2027 or 2027-Q1")
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return Period(first, date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])), months)


@dataclass(frozen=True, slots=True)
class Load:
    """What one team has to do in the period, and what it can."""

    team: str
    share: Fraction
    mql: int
    attempts_each: int
    reps: int
    open_days: int
    per_day: int  # attempts of one rep

    @property
    def attempts(self) -> int:
        return self.mql * self.attempts_each

    @property
    def slots(self) -> int:
        return self.reps * self.per_day * self.open_days

    @property
    def fits(self) -> bool:
        return self.attempts <= self.slots

    @property
    def mql_max(self) -> int:
        return self.slots // self.attempts_each

    @property
    def reps_missing(self) -> int:
        one = self.per_day * self.open_days
        return max(0, ceil(Fraction(self.attempts, one)) - self.reps) if one else 0


def loads(mql: int, policy: Policy, span: Period, per_day: int, shares: Mapping[str, Fraction] | None = None) -> list[Load]:
    """Of each team that gets leads. `shares` add up to 1; without them each team gets what it can work, in proportion.

    ValueError for shares of other teams.
    """
    attempts_each = max([1, *(clock.attempts for clock in policy.clocks)])
    days = {team: _open_days(policy, team, span) for team in dict.fromkeys(segment.team for segment in policy.segments)}
    room = {team: len(policy.teams[team].reps) * days[team] for team in days}
    shares = shares or {team: Fraction(room[team], sum(room.values())) if any(room.values()) else Fraction(1, len(room)) for team in room}
    if unknown := [team for team in shares if team not in days]:
        raise ValueError(f"found a share of team {unknown[0]!r}, expected the teams that get leads: {', '.join(days)}")
    if sum(shares.values()) != 1:
        raise ValueError(f"found shares that add up to {float(sum(shares.values())):.2%}, expected 100%")
    parts = _parted(mql, shares)
    return [
        Load(team, shares.get(team, Fraction(0)), parts.get(team, 0), attempts_each, len(policy.teams[team].reps), days[team], per_day)
        for team in days
    ]


def _open_days(policy: Policy, team: str, span: Period) -> int:
    """Of the calendar of its segments; of several, the one that opens least."""
    calendars = {segment.calendar.name: segment.calendar for segment in policy.segments if segment.team == team}
    return min(_open_days_of(calendar, span) for calendar in calendars.values())


def _open_days_of(calendar: Calendar, span: Period) -> int:
    return sum(calendar.is_open_day(date.fromordinal(day)) for day in range(span.first.toordinal(), span.after.toordinal()))


def _parted(whole: int, shares: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole numbers that add up: the largest remainders are rounded up."""
    parts = {team: int(whole * share) for team, share in shares.items()}
    by_remainder = sorted(shares, key=lambda team: parts[team] - whole * shares[team])
    for team in by_remainder[: whole - sum(parts.values())]:
        parts[team] += 1
    return parts


class Conversion(NamedTuple):
    """How many of a cohort reached the next stage so far; `still_open`: those that still can."""

    reached: int
    of: int
    still_open: int

    @property
    def rate(self) -> Fraction:
        return Fraction(self.reached, self.of) if self.of else Fraction(0)

    def against(self, planned: Fraction, least: int) -> Literal["few", "reached", "missed", "open"]:
        """Whether history bears the plan out: `few` without a verdict, `open` while those still open could decide it."""
        if self.of < least:
            return "few"
        needed = planned * self.of
        return "reached" if self.reached >= needed else "missed" if self.reached + self.still_open < needed else "open"


class History(NamedTuple):
    """Of handoffs, not of what sales found for itself. Those whose longest clock had not run out at the end are `maturing`: not counted."""

    handoffs: int
    maturing: int
    mql_to_sql: Conversion
    sql_to_won: Conversion
    by_team: Mapping[str, int]  # handoffs

    @property
    def conversions(self) -> Mapping[str, Conversion]:
        """By the names of the policy's targets."""
        return {"mql_to_sql": self.mql_to_sql, "sql_to_won": self.sql_to_won}


@dataclass(slots=True)
class _Trip:
    """What became of one handoff so far."""

    matures_at: Instant
    is_sql: bool = False
    is_won: bool = False
    is_over: bool = False


def history(decisions: Iterable[Mapping[str, Any]], policies: Policies) -> History:
    """Of decisions as a replay gives them, in structured mode; the end is the latest instant that one is about."""
    trips: dict[str, _Trip] = {}
    by_team: Counter[str] = Counter()
    end: Instant = 0
    for decision in decisions:
        match decision.get("type"):
            case "handoff.created":
                data, at = decision["data"], parse_instant(decision["time"])
                end = max(end, at)
                trips[data["cycle"]] = _Trip(
                    _matures_at(policies.pinned(f"{data['policy']}/{data['policy_version']}"), data["segment"], at)
                )
                by_team[data["team"]] += 1
            case "handoff.stage":
                end = max(end, parse_instant(decision["time"]))
                if (trip := trips.get(decision["data"].get("cycle", ""))) is not None:
                    _follow(trip, decision["data"]["to"])
    ripe = [trip for trip in trips.values() if trip.matures_at <= end]
    sql = [trip for trip in ripe if trip.is_sql]
    return History(
        handoffs=len(trips),
        maturing=len(trips) - len(ripe),
        mql_to_sql=Conversion(len(sql), len(ripe), sum(not (trip.is_sql or trip.is_over) for trip in ripe)),
        sql_to_won=Conversion(sum(trip.is_won for trip in sql), len(sql), sum(not (trip.is_won or trip.is_over) for trip in sql)),
        by_team=by_team,
    )


def _follow(trip: _Trip, stage: str) -> None:
    """A stage once reached counts, whatever comes after it; a return that is withdrawn makes the trip go on."""
    trip.is_sql |= stage in ("sql", "opportunity", "customer", "lost")
    trip.is_won |= stage == "customer"
    trip.is_over = stage in ("customer", "lost", "nurture", "disqualified", "merged")


def _matures_at(policy: Policy, segment: str, handed_off: Instant) -> Instant:
    calendar = policy.segment_named[segment].calendar
    return max(calendar.due(handed_off, clock.target) for clock in policy.clocks)
