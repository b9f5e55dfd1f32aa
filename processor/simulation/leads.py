"""Who the leads of a sample company are and what they do before sales hears of them; what sales does is told elsewhere (sales)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from random import Random
from typing import NamedTuple

from schemas.instants import SECOND, Instant, parse_instant
from schemas.signals import MarketingActivity, MarketingChannel, MarketingProfile, SignalData
from schemas.values import Attribute

MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
BEGINS = parse_instant("2026-11-09T06:00:00+01:00")  # a Monday; the Wednesday after it is Poland's Independence Day
ENDS = BEGINS + 7 * DAY
_MIDNIGHT = parse_instant("2026-11-09T00:00:00+01:00")
_READY_BY_DAY = (32, 24, 8, 20, 12, 2, 2)  # weights, Monday first
_UTC_HOURS_AWAKE = range(6, 21)

# Half of them were held in the week before: a report read now is then all that was missing.
_WEBINARS = tuple(parse_instant(f"2026-11-{day}T10:00:00+01:00") for day in ("05", "05", "10", "12"))
_UPLOADED_AFTER = 3 * HOUR  # who had come to a webinar is known when its list is uploaded
_AD, _EBOOK = "automation-benchmark", "benchmark-2026"

CAMPAIGNS: dict[str, tuple[str, MarketingChannel]] = {
    "automation-benchmark": ("linkedin", "paid"),
    "search-brand": ("google", "paid"),
    "guides": ("google", "organic"),
    "warsaw-expo-2026": ("expo", "event"),
    "partners": ("partner", "referral"),
    "newsletter-november": ("newsletter", "email"),
}
_BUYERS = ("ceo", "cmo", "cto", "head_of_marketing")
_USERS = ("marketing_specialist", "it_manager", "analyst", "sales_manager")
_FREE_MAILBOXES = ("gmail.com", "wp.pl")
_TECHNOLOGIES = ("hubspot", "salesforce", "pipedrive", "segment", "sap", "shopify", "google_analytics")

_FITTING = ("saas", "manufacturing", "consulting")
# Roots of names, and by industry what may follow them.
_POLISH = (
    ("Bałtyk", "Beskid", "Jantar", "Kujawy", "Mazury", "Noteć", "Pieniny", "Podlasie", "Roztocze", "Sudety", "Śnieżka", "Wigry", "Żuławy"),
    {
        "saas": ("Oprogramowanie", "Systemy"),
        "manufacturing": ("Maszyny", "Meble", "Okna"),
        "consulting": ("Doradztwo",),
        "retail": ("Księgarnie",),
        "logistics": ("Transport",),
        "education": ("Akademia",),
    },
)
_ENGLISH = (
    ("Ashcombe", "Brightwater", "Copperhill", "Dunmore", "Elmstead", "Fernleigh", "Harbourne", "Lantern", "Oakfield", "Thistledown"),
    {
        "saas": ("Software", "Cloud"),
        "manufacturing": ("Engineering", "Castings"),
        "consulting": ("Advisory",),
        "retail": ("Stores",),
        "logistics": ("Freight",),
        "education": ("Academy",),
    },
)
_ASCII = str.maketrans("ąćęłńóśźż ", "acelnoszz-")


class Record(NamedTuple):
    """What a system keeps of a lead; `recorded` is when it was written down, None where that is when it occurred."""

    lead: str
    occurred: Instant
    data: SignalData
    recorded: Instant | None = None


class Lead(NamedTuple):
    """`ready_at`: when marketing's part is done and sales is called, None for one that is not ready in this week."""

    id: str
    team: str
    ready_at: Instant | None
    records: list[Record]


class _Firm(NamedTuple):
    name: str
    domain: str
    industry: str
    country: str
    employees: int
    team: str


def audience(rng: Random, count: int) -> list[Lead]:
    """So many leads, a few to a firm; whoever is ready works in a firm that fits."""
    firms = _firms(rng, max(30, min(count // 3, 180)))
    fitting = [firm for firm in firms if firm.industry in _FITTING]
    deck = [journey for journey, share in _READY_JOURNEYS for _ in range(round(share * count))]
    deck += [_looks_around] * (count - len(deck))
    rng.shuffle(deck)
    return [journey(rng, f"L-{n:04}", rng.choice(firms if journey is _looks_around else fitting)) for n, journey in enumerate(deck, 1)]


def visit(rng: Random, lead: str, at: Instant) -> list[Record]:
    """Prices looked at and a demo asked for, the second of the two at `at`: the fast track."""
    prices, demo = MarketingActivity(activity="page_view", url="/pricing"), MarketingActivity(activity="demo_request", url="/demo")
    first, second = (prices, demo) if rng.random() < 0.7 else (demo, prices)
    return [Record(lead, at - span(rng, 2, 30), first), Record(lead, at, second)]


def span(rng: Random, least: float, most: float) -> Instant:
    """Whole seconds, drawn between two numbers of minutes."""
    return int(rng.uniform(least, most) * 60) * SECOND


def _asks_for_a_demo(rng: Random, lead: str, firm: _Firm) -> Lead:
    ready = _waking_moment(rng)
    return Lead(lead, firm.team, ready, [*_met(rng, lead, _attributes(rng, firm, _BUYERS + _USERS), ready), *visit(rng, lead, ready)])


def _studies(rng: Random, lead: str, firm: _Firm) -> Lead:
    """A buyer who reads and listens until the score is enough; in a small firm it takes a demo too."""
    begins = rng.choice(_WEBINARS)
    uploaded = begins + _UPLOADED_AFTER
    attended = Record(lead, begins, MarketingActivity(activity="webinar_attended", asset="automation-live", channel="event"), uploaded)
    ebook = MarketingActivity(activity="content_download", asset=_EBOOK, asset_type="ebook", campaign=_AD, channel="paid")
    report = MarketingActivity(activity="content_download", asset="roi-report", asset_type="report", channel="organic")
    demo = MarketingActivity(activity="demo_request", url="/demo")
    if firm.team == "smb":
        ready = _waking_moment(rng) if uploaded < BEGINS else uploaded + span(rng, 20, 600)
        last = [Record(lead, ready - span(rng, 60, 2_000), ebook), attended, Record(lead, ready, demo)]
    elif uploaded < BEGINS:
        ready = _waking_moment(rng)
        last = [attended, Record(lead, ready - span(rng, 1, 4), ebook), Record(lead, ready, report)]
    else:
        ready = uploaded
        last = [Record(lead, begins - span(rng, 60, 2_000), ebook), attended]
    return Lead(lead, firm.team, ready, [*_met(rng, lead, _attributes(rng, firm, _BUYERS), min(ready, begins)), *last])


def _leaves_gaps(rng: Random, lead: str, firm: _Firm) -> Lead:
    """Ready, but without something that marketing owes; three in four times it is found out later."""
    asked = _waking_moment(rng)
    attributes = _attributes(rng, firm, _BUYERS + _USERS)
    missing = rng.choice((("company",), ("email_known",), ("source", "campaign"), ("campaign",)))
    known = {name: value for name, value in attributes.items() if name not in missing}
    records = [*_met(rng, lead, known, asked), *visit(rng, lead, asked)]
    if rng.random() < 0.25:
        return Lead(lead, firm.team, None, records)
    found = asked + span(rng, 40, 1_500)
    completion = MarketingProfile(attributes={name: attributes[name] for name in missing})
    return Lead(lead, firm.team, found, [*records, Record(lead, found, completion)])


def _looks_around(rng: Random, lead: str, firm: _Firm) -> Lead:
    """Not ready: too little interest, or, one in ten, a student who only wants to see the product."""
    attributes = _attributes(rng, firm, _USERS)
    until = _waking_moment(rng)
    if is_student := rng.random() < 0.1:
        attributes |= {"role": "student", "industry": "education", "employees": 1, "email_domain": rng.choice(_FREE_MAILBOXES)}
    records = _met(rng, lead, attributes, until)
    if is_student:
        records.append(Record(lead, until, MarketingActivity(activity="demo_request", url="/demo")))
    elif rng.random() < 0.6:
        records.append(Record(lead, until, MarketingActivity(activity="page_view", url="/pricing")))
    if rng.random() < 0.3:
        checklist = MarketingActivity(activity="content_download", asset="gdpr-checklist", asset_type="checklist", channel="organic")
        records.append(Record(lead, until + span(rng, 1, 20), checklist))
    if rng.random() < 0.12:
        records.append(Record(lead, until + span(rng, 60, 900), MarketingActivity(activity="unsubscribed", channel="email")))
    return Lead(lead, firm.team, None, records)


_Journey = Callable[[Random, str, _Firm], Lead]
_READY_JOURNEYS: tuple[tuple[_Journey, float], ...] = ((_asks_for_a_demo, 0.2), (_studies, 0.13), (_leaves_gaps, 0.04))


def _met(rng: Random, lead: str, attributes: dict[str, Attribute | None], until: Instant) -> list[Record]:
    """How marketing came to know the lead, weeks or an hour before `until`, and what it did in between that shows no intent."""
    since = BEGINS - span(rng, 2_000, 40_000) if rng.random() < 0.6 else until - span(rng, 45, 1_800)
    records = [Record(lead, min(since, until - HOUR), MarketingProfile(attributes=attributes))]
    for _ in range(rng.randint(1, 7)):
        at = since + int(rng.random() * (until - since)) // SECOND * SECOND
        if (at // HOUR) % 24 in _UTC_HOURS_AWAKE:
            records.append(Record(lead, at, rng.choice(_IDLE)))
    return records


_IDLE: Sequence[MarketingActivity] = (
    MarketingActivity(activity="newsletter_opened", campaign="newsletter-november", channel="email"),
    MarketingActivity(activity="newsletter_clicked", campaign="newsletter-november", channel="email", url="/blog/lead-handoff"),
    MarketingActivity(activity="webinar_registered", asset="automation-live", channel="event"),
    MarketingActivity(activity="page_view", url="/"),
    MarketingActivity(activity="page_view", url="/product"),
    MarketingActivity(activity="page_view", url="/blog/lead-handoff"),
    MarketingActivity(activity="page_view", url="/customers", properties={"utm_source": "google"}),
)


def _waking_moment(rng: Random) -> Instant:
    """Some instant of the week, mostly in the morning of a working day."""
    day = rng.choices(range(7), _READY_BY_DAY)[0]
    return _MIDNIGHT + day * DAY + int(rng.triangular(6.5, 21.5, 9) * 3_600) * SECOND


def _attributes(rng: Random, firm: _Firm, roles: Sequence[str]) -> dict[str, Attribute | None]:
    campaign = rng.choice(tuple(CAMPAIGNS))
    return {
        "company": firm.name,
        "role": rng.choice(roles),
        "employees": firm.employees,
        "industry": firm.industry,
        "country": firm.country,
        "technologies": tuple(sorted(rng.sample(_TECHNOLOGIES, rng.randint(0, 3)))),
        "source": CAMPAIGNS[campaign][0],
        "campaign": campaign,
        "email_domain": firm.domain,
        "email_known": True,
    }


def _firms(rng: Random, count: int) -> list[_Firm]:
    return [_firm(rng, *drawn) for drawn in rng.sample(list(_names()), count)]


def _names() -> Iterator[tuple[str, str, str]]:
    """Every name with the industry and the country that go with it."""
    for (roots, endings), country in ((_POLISH, "PL"), (_ENGLISH, "GB")):
        for industry, words in endings.items():
            for root, word in product(roots, words):
                yield f"{root} {word}", industry, country


def _firm(rng: Random, name: str, industry: str, country: str) -> _Firm:
    sizes = (("enterprise", range(1_000, 5_000, 50)), ("mid_market", range(100, 1_000, 10)), ("smb", range(6, 100)))
    team, employees = rng.choices(sizes, (25, 35, 40))[0]
    return _Firm(name, f"{name.lower().translate(_ASCII)}.example", industry, country, rng.choice(employees), team)
