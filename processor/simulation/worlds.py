"""A seeded company's log in the order in which it is written: every lead's life, as its connectors tell it; how it is judged stays outside.

Connectors are late, repeat themselves, fall silent and send what cannot be read; with `hard` they do little else.
"""

import heapq
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from pydantic_core import to_json

from processor.simulation.lives import CALM, CAMPAIGNS, DAY, HARD, HOUR, MINUTE, REPS, Deed, live
from schemas.instants import SECOND, Instant, format_instant, parse_instant
from schemas.signals import CRM, NOBODY, SIGNALS, CrmHeartbeat, CrmRep, MarketingActivity, MarketingCost, SignalData

# Weeks in which the clocks go back or forward, with holidays, and one with nothing in it.
BEGINNINGS = tuple(
    parse_instant(f"{date}T05:00:00Z") for date in ("2026-10-05", "2026-10-20", "2026-11-06", "2026-12-21", "2027-03-23", "2027-04-28")
)
_TYPES = {model: (name, topic) for name, (topic, model) in SIGNALS.items()}


class Shape(NamedTuple):
    seed: int
    leads: int
    days: int
    hard: bool = False
    beats_every: Instant = 10 * MINUTE


class Written(NamedTuple):
    """One record of the log. `value` is a structured CloudEvent, or what a broken connector took for one."""

    logged: Instant
    topic: str
    subject: str
    value: bytes


class _Weather(NamedTuple):
    """How the connectors are: shares of records, and the outages of the one to the CRM."""

    late: float
    very_late: float
    repeated: float
    ahead: float
    unreadable: float
    outages: tuple[tuple[Instant, Instant], ...]

    def back_at(self, at: Instant) -> Instant:
        return next((until for since, until in self.outages if since <= at < until), at)


def log(shape: Shape) -> Iterator[Written]:
    """By logged. The first and the last record are heartbeats. Memory holds the leads of some weeks, however many there are."""
    rng = Random(shape.seed)
    begins = rng.choice(BEGINNINGS)
    ends = begins + shape.days * DAY
    weather = _weather(rng, begins, ends, hard=shape.hard)
    waiting: list[tuple[Instant, int, Written]] = []
    number = 0
    for written in _papers(rng, begins, ends):
        number += 1
        heapq.heappush(waiting, (written.logged, number, written))
    beats = _heartbeats(rng, begins, ends, weather, shape)
    for arrives, lead in _arrivals(rng, begins, ends, shape.leads):
        for written in _told(rng, lead, live(rng, lead, arrives, HARD if shape.hard else CALM), weather):
            if begins <= written.logged < ends:
                number += 1
                heapq.heappush(waiting, (written.logged, number, written))
        while waiting and waiting[0][0] < arrives:
            yield from _with_beats(beats, heapq.heappop(waiting)[2])
    while waiting:
        yield from _with_beats(beats, heapq.heappop(waiting)[2])
    yield from beats.rest()


def lines(shape: Shape) -> Iterator[bytes]:
    """Structured-mode lines with their `loggedtime`, without line ends; for the same shape the same bytes."""
    for written in log(shape):
        if written.value.endswith(b"}"):
            yield written.value[:-1] + b',"loggedtime":"' + format_instant(written.logged).encode() + b'"}'
        else:
            yield written.value


class _Beats:
    """The heartbeats that have not been written yet."""

    def __init__(self, written: Iterator[Written]) -> None:
        self._written = written
        self._next = next(written, None)

    def before(self, at: Instant) -> Iterator[Written]:
        while self._next is not None and self._next.logged <= at:
            yield self._next
            self._next = next(self._written, None)

    def rest(self) -> Iterator[Written]:
        return self.before(1 << 62)


def _with_beats(beats: _Beats, written: Written) -> Iterator[Written]:
    yield from beats.before(written.logged)
    yield written


def _papers(rng: Random, begins: Instant, ends: Instant) -> Iterator[Written]:
    """What is about no lead: costs of campaigns, and a rep who is away."""
    for n, campaign in enumerate(CAMPAIGNS):
        at = begins + (n + 1) * HOUR
        cost = MarketingCost(campaign=campaign, amount=f"{rng.randint(8, 90)}00.00", currency="PLN", period="month")
        yield _written(at, Deed(at, at, cost), f"campaign:{campaign}", f"cost-{n}")
    away = begins + int(rng.random() * (ends - begins)) // SECOND * SECOND
    yield _written(away, Deed(away, away, CrmRep(rep=rng.choice(REPS), available=False, until=away + DAY)), NOBODY, "away")


def _arrivals(rng: Random, begins: Instant, ends: Instant, count: int) -> Iterator[tuple[Instant, str]]:
    """Spread over the time, some of them known long before it."""
    each = (ends - begins) / (count + 1)
    for n in range(1, count + 1):
        arrives = begins + int((n - 1 + rng.random()) * each * 0.8) // SECOND * SECOND
        yield arrives, f"L-{n}"


def _weather(rng: Random, begins: Instant, ends: Instant, *, hard: bool) -> _Weather:
    outages = []
    for _ in range(rng.randint(1, 4) if hard else rng.randint(0, 1)):
        since = rng.randrange(begins, ends) // SECOND * SECOND
        outages.append((since, since + rng.choice((20 * MINUTE, 3 * HOUR, 3 * HOUR, DAY, 3 * DAY if hard else HOUR))))
    if hard:
        return _Weather(0.4, 0.08, 0.12, 0.04, 0.02, tuple(outages))
    return _Weather(0.08, 0.01, 0.01, 0.002, 0.0, tuple(outages))


def _heartbeats(rng: Random, begins: Instant, ends: Instant, weather: _Weather, shape: Shape) -> _Beats:
    """Through an outage none comes; after it, and at other times in a hard world, one may tell of an earlier time."""

    def written() -> Iterator[Written]:
        for n, at in enumerate(range(begins, ends, shape.beats_every)):
            if weather.back_at(at) == at or n == 0:
                told = at - rng.randint(0, 40) * MINUTE if shape.hard and rng.random() < 0.1 and n else at
                yield _written(at, Deed(told, told, CrmHeartbeat()), NOBODY, f"h{n}")
        yield _written(ends, Deed(ends, ends, CrmHeartbeat()), NOBODY, "last")

    return _Beats(written())


def _told(rng: Random, lead: str, deeds: Iterator[Deed], weather: _Weather) -> Iterator[Written]:
    for n, done in enumerate(deeds):
        deed = done
        at = max(deed.occurred, deed.recorded) + rng.choice((0, 0, 0, 0, 1, 3, 20)) * SECOND
        if rng.random() < weather.late:
            at += int(rng.lognormvariate(0, 1.5) * 3 * 3_600) * SECOND
        if rng.random() < weather.very_late:
            at += rng.randint(1, 9) * DAY
        if rng.random() < weather.ahead:
            deed = deed._replace(occurred=at + rng.choice((MINUTE, 5 * MINUTE, 5 * MINUTE + SECOND, 9 * HOUR)))
        if _TYPES[type(deed.data)][1] == CRM:
            at = weather.back_at(at)
        written = _written(at, deed, lead, f"{lead}-{n}")
        yield written._replace(value=_spoiled(rng, written.value)) if rng.random() < weather.unreadable else written
        while rng.random() < weather.repeated:
            at += rng.choice((0, SECOND, 10 * MINUTE, HOUR, 2 * DAY))
            yield written._replace(logged=at)


def _written(at: Instant, deed: Deed, subject: str, id_: str) -> Written:
    name, topic = _TYPES[type(deed.data)]
    envelope = {
        "specversion": "1.0",
        "id": id_,
        "source": _source(deed.data, topic),
        "type": name,
        "subject": subject,
        "time": format_instant(deed.occurred),
    }
    if deed.recorded != deed.occurred:
        envelope["recordedtime"] = format_instant(deed.recorded)
    data = deed.data.model_dump_json(exclude_none=name not in ("marketing.profile", "crm.profile")).encode()
    return Written(at, topic, subject, to_json(envelope)[:-1] + b',"data":' + data + b"}")


def _source(data: SignalData, topic: str) -> str:
    if topic == CRM:
        return "hubspot/crm"
    return "segment/web" if isinstance(data, MarketingActivity) and data.activity == "page_view" else "mautic"


def _spoiled(rng: Random, value: bytes) -> bytes:
    return rng.choice(
        (
            b"not JSON at all",
            value[:-1],
            value.replace(b'"specversion":"1.0"', b'"specversion":"0.3"'),
            value.replace(b'"type":"crm.', b'"type":"cmr.').replace(b'"type":"marketing.', b'"type":"marketing_'),
            value.replace(b'Z"', b'"'),
            value.replace(b'"reason":"', b'"reason":"un').replace(b'"activity', b'"aktivity').replace(b'"rep', b'"repp'),
        )
    )
