"""A plausible company's week, as lines in the order of its log: what its connectors make of it; who does what is told elsewhere."""

import argparse
import sys
from collections.abc import Iterator
from operator import attrgetter
from random import Random
from typing import NamedTuple

from pydantic_core import to_json

from processor.simulation.leads import BEGINS, CAMPAIGNS, ENDS, HOUR, MINUTE, Record, audience, span
from processor.simulation.sales import work
from schemas.instants import SECOND, Instant, format_instant, parse_instant
from schemas.signals import CRM, NOBODY, SIGNALS, CrmActivity, CrmHeartbeat, MarketingActivity, MarketingCost, Signal

SEED = 58  # of the committed sample
SYNCED_LATE, SENT_TWICE = 0.06, 0.007  # shares of records
HEARTBEAT_EVERY = 10 * MINUTE
OUTAGE = (parse_instant("2026-11-12T10:15:00+01:00"), parse_instant("2026-11-12T14:38:00+01:00"))  # of the connector to the CRM
# A rep's phone keeps Monday's calls to itself until it is found, for some of them too late.
OWNER_OF_PHONE, LOST, FOUND = "r4", parse_instant("2026-11-09T16:00:00+01:00"), parse_instant("2026-11-14T16:30:00+01:00")

_TYPES = {model: (name, topic) for name, (topic, model) in SIGNALS.items()}


class _Logged(NamedTuple):
    at: Instant
    signal: Signal


def week(seed: int, leads: int = 300) -> Iterator[bytes]:
    """Structured-mode lines with their `loggedtime`, in the log's order, without line ends; for the same seed the same bytes.

    What is about nobody names no partition: it goes to each of them, however many there are. The first line and the last one are
    heartbeats, so that every partition begins and ends at the same instants.
    """
    rng = Random(seed)
    met = audience(rng, leads)
    records = [*_costs(rng), *(record for lead in met for record in lead.records), *work(rng, met)]
    signals = [_signal(n, record) for n, record in enumerate(sorted(records, key=_recorded), 1)]
    sent = [*_imported(signals), *_sent_by_marketing(rng, signals), *_sent_by_the_crm(rng, signals)]
    logged = [*_heartbeats(), *(entry for entry in sent if entry.at < ENDS)]
    yield from map(_line, sorted(logged, key=attrgetter("at")))


def _costs(rng: Random) -> Iterator[Record]:
    for campaign in CAMPAIGNS:
        cost = MarketingCost(campaign=campaign, amount=f"{rng.randint(8, 90)}00.00", currency="PLN", period="2026-11")
        yield Record(f"campaign:{campaign}", BEGINS + 2 * HOUR, cost)


def _recorded(record: Record) -> Instant:
    return record.occurred if record.recorded is None else record.recorded


def _signal(n: int, record: Record) -> Signal:
    name, topic = _TYPES[type(record.data)]
    is_page_view = isinstance(record.data, MarketingActivity) and record.data.activity == "page_view"
    source = "hubspot/crm" if topic == CRM else "segment/web" if is_page_view else "hubspot/marketing"
    return Signal(f"s{n:05}", source, name, record.lead, record.occurred, _recorded(record), record.data)


def _heartbeats() -> Iterator[_Logged]:
    name, _ = _TYPES[CrmHeartbeat]
    for n, at in enumerate(range(BEGINS, ENDS + 1, HEARTBEAT_EVERY), 1):
        if not OUTAGE[0] <= at < OUTAGE[1]:
            yield _Logged(at, Signal(f"h{n:04}", "hubspot/crm", name, NOBODY, at, at, CrmHeartbeat()))


def _imported(signals: list[Signal]) -> Iterator[_Logged]:
    """What was known before the week comes in at its beginning, twenty records a second."""
    for n, signal in enumerate(signal for signal in signals if signal.recorded < BEGINS):
        yield _Logged(BEGINS + (1 + n // 20) * SECOND, signal)


def _sent_by_marketing(rng: Random, signals: list[Signal]) -> Iterator[_Logged]:
    for signal in signals:
        if signal.recorded >= BEGINS and _TYPES[type(signal.data)][1] != CRM:
            yield from _sent(rng, signal, signal.recorded + rng.randint(1, 8) * SECOND)


def _sent_by_the_crm(rng: Random, signals: list[Signal]) -> Iterator[_Logged]:
    """Within a minute, as a rule. Some batches are late, a phone is lost for days, and after the outage all of its records come at once.

    The connector had died before it could note what it had sent last: it sends that again.
    """
    sent = list[_Logged]()
    for signal in signals:
        if signal.recorded >= BEGINS and _TYPES[type(signal.data)][1] == CRM:
            late = span(rng, 20, 120) if rng.random() < SYNCED_LATE else 0
            sent += _sent(rng, signal, FOUND if _is_on_the_lost_phone(signal) else signal.recorded + rng.randint(5, 45) * SECOND + late)
    sent.sort(key=attrgetter("at"))
    before, held = ([entry for entry in sent if begins <= entry.at < ends] for begins, ends in ((BEGINS, OUTAGE[0]), OUTAGE))
    yield from before
    for n, entry in enumerate(before[-5:] + held):
        yield _Logged(OUTAGE[1] + n // 4 * SECOND, entry.signal)
    yield from (entry for entry in sent if entry.at >= OUTAGE[1])


def _is_on_the_lost_phone(signal: Signal) -> bool:
    data = signal.data
    return isinstance(data, CrmActivity) and data.rep == OWNER_OF_PHONE and data.channel == "phone" and signal.recorded < LOST


def _sent(rng: Random, signal: Signal, at: Instant) -> Iterator[_Logged]:
    yield _Logged(at, signal)
    if rng.random() < SENT_TWICE:
        yield _Logged(at + span(rng, 0.5, 30), signal)


def _line(logged: _Logged) -> bytes:
    signal = logged.signal
    envelope = {
        "specversion": "1.0",
        "id": signal.id,
        "source": signal.source,
        "type": signal.type,
        "subject": signal.subject,
        "time": format_instant(signal.occurred),
        "loggedtime": format_instant(logged.at),
    }
    if signal.recorded != signal.occurred:
        envelope["recordedtime"] = format_instant(signal.recorded)
    return to_json(envelope)[:-1] + b',"data":' + signal.data.model_dump_json(exclude_none=True).encode() + b"}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the week of a sample company, one CloudEvent a line.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--leads", type=int, default=300)
    arguments = parser.parse_args()
    sys.stdout.buffer.writelines(line + b"\n" for line in week(arguments.seed, arguments.leads))


if __name__ == "__main__":
    main()
