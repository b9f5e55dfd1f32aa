"""A first policy for a company that has none: a pilot of three months with few promises, and the reason beside each number.

Its text stands in `first_policy_text` and `first_policy_comments`; asking for the company, and writing the file, stay outside.
"""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from string import Template
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from processor.domain.calendar import Calendar, Holidays, compile_calendar
from processor.policy_file import first_policy_text as text
from processor.policy_file.first_policy_comments import COMMENTS, Lang
from schemas.instants import EPOCH

Industry = Literal["saas", "it_services", "manufacturing", "consulting", "finance", "ecommerce", "other"]
INDUSTRIES: tuple[Industry, ...] = get_args(Industry)
Size = Literal["small", "medium", "large"]

ATTEMPTS_PER_DAY = 40  # what one rep can make beside everything else
_COLUMNS = 110


@dataclass(frozen=True, slots=True)
class Company:
    """`deal` is a usual one, in the company's currency; `cycle` the days from the first talk to the signature; then people who sell."""

    industry: Industry
    deal: Decimal
    cycle: int
    sdr: int
    ae: int
    zone: str
    country: str

    def __post_init__(self) -> None:
        if not self.sdr + self.ae:
            raise ValueError("found no SDR and no AE, expected somebody who works the leads")


def first_policy(company: Company, starts: date, lang: Lang) -> str:
    """The policy as YAML, in force from the local midnight of `starts`. ValueError for a zone or a country that is not known."""
    opens = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))
    calendar = compile_calendar("work", company.zone, opens, Holidays(company.country))
    terms = Terms.of(company)
    values = {name: str(value) for name, value in _values(company, terms, calendar, starts).items()}
    values["deal"] = text.grouped(company.deal, lang)
    alone_or_not = {1: "first_attempt_1", 2: "first_attempt_2"}.get(terms.reps, "first_attempt_more")
    body = text.BODY.safe_substitute(segments=_segments(terms), teams=_teams(company, terms), first_attempt=alone_or_not)
    return "\n".join(_written(line, values, lang) for line in body.splitlines()) + "\n"


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers of the agreement that follow from the company's. Days are calendar days, save where they are working days."""

    size: Size
    threshold: int
    min_fit: int
    least_employees: int
    most_employees: int
    first_team: str
    enterprise_team: str
    reps: int  # of the smallest team that gets leads
    hours: int
    attempts: int
    attempt_days: int  # working days
    capacity: int
    qualification: int  # working days
    cool_down: int
    half_life: int
    fast_track: int

    @classmethod
    def of(cls, company: Company) -> "Terms":
        size: Size = "small" if company.deal < 10_000 else "medium" if company.deal < 50_000 else "large"
        first_team = "sdr" if company.sdr else "ae"
        enterprise_team = "ae" if company.ae and size == "large" else first_team
        reps = min(getattr(company, first_team), getattr(company, enterprise_team))
        attempts, attempt_days = (3, 5) if reps < 3 else (4, 7) if reps < 6 else (5, 10)
        return cls(
            size=size,
            threshold={"small": 80, "medium": 70, "large": 60}[size],
            min_fit={"small": 10, "medium": 15, "large": 20}[size],
            least_employees={"small": 5, "medium": 20, "large": 100}[size],
            most_employees={"small": 200, "medium": 1000, "large": 5000}[size],
            first_team=first_team,
            enterprise_team=enterprise_team,
            reps=reps,
            hours={1: 8, 2: 4}.get(reps, 2),
            attempts=attempts,
            attempt_days=attempt_days,
            capacity=ATTEMPTS_PER_DAY // 2 * attempt_days // attempts // 5 * 5,
            qualification=_within(5, round(company.cycle * 5 / 7 / 4 / 5) * 5, 30),
            cool_down=_within(14, round(company.cycle / 3), 90),
            half_life=_within(7, round(company.cycle / 3), 45),
            fast_track=_within(7, round(company.cycle / 6), 30),
        )


def _within(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def _values(company: Company, terms: Terms, calendar: Calendar, starts: date) -> Mapping[str, object]:
    begins = (EPOCH + timedelta(microseconds=calendar.midnight(starts))).astimezone(ZoneInfo(company.zone))
    interest = text.INTEREST[company.industry]
    return {
        **{name: getattr(company, name) for name in Company.__slots__},
        **{name: getattr(terms, name) for name in Terms.__slots__},
        "pilot": f"{starts:%Y-%m}",
        "from": begins.isoformat(),
        "starts": starts,
        "review": _review(calendar, starts),
        "acceptance": terms.hours * 3 // 2,
        "fades": f"{terms.half_life} calendar_days",
        "hand_raise": interest.hand_raise,
        "page": interest.page,
        "event": interest.event,
        "customers": ", ".join(interest.customers),
        "mailboxes": ", ".join(["gmail.com", "outlook.com", *text.MAILBOXES.get(company.country, ())]),
        "per_day": ATTEMPTS_PER_DAY,
        "per_day_new": ATTEMPTS_PER_DAY // 2,
        "kept": max(400, 2 * company.cycle),
    }


def _review(calendar: Calendar, starts: date) -> date:
    """The last open day of three months."""
    year, month = divmod(starts.year * 12 + starts.month + 2, 12)
    days = (date(year, month + 1, min(starts.day, 28)) - timedelta(days=n) for n in range(1, 32))
    return next(day for day in days if calendar.is_open_day(day))


def _segments(terms: Terms) -> str:
    rest = f"  all: {{team: {terms.first_team}, calendar: work, threshold: $threshold, min_fit: $min_fit}}"
    if terms.size != "large":
        return f"#: {terms.size}\nsegments:\n{rest}"
    enterprise = f"team: {terms.enterprise_team}, calendar: work, threshold: {terms.threshold - 10}, min_fit: {terms.min_fit + 5}"
    return f"#: large\nsegments:\n  #: enterprise\n  enterprise: {{when: {{employees: {{at_least: 1000}}}}, {enterprise}}}\n{rest}"


def _teams(company: Company, terms: Terms) -> str:
    lines = []
    for team, size in (("sdr", company.sdr), ("ae", company.ae)):
        if size:
            if team not in (terms.first_team, terms.enterprise_team):
                lines.append("  #: closers")
            lines += [f"  {team}:", f"    manager: {team}_lead", "    reps:"]
            lines += [f"      {team}-{n}: {{capacity: $capacity}}" for n in range(1, size + 1)]
    return "\n".join(lines)


def _written(line: str, values: Mapping[str, str], lang: Lang) -> str:
    """A line of the policy, or the comment that `#: name` stands for."""
    comment = re.fullmatch(r"(?P<indent> *)#: (?P<name>\w+)", line)
    if comment is None:
        return Template(line).substitute(values)
    words = Template(COMMENTS[comment["name"]][lang]).substitute(values)
    start = f"{comment['indent']}# "
    return textwrap.fill(words, _COLUMNS, initial_indent=start, subsequent_indent=start, break_long_words=False, break_on_hyphens=False)
