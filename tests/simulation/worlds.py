"""Seeded worlds from beginning to end: a company, an agreement, a storm over two workers, and the judgement of an independent checker.

python -m tests.simulation.worlds --seed 7            one world, and what is wrong with it
python -m tests.simulation.worlds --minutes 60        as many as fit, from --from on
python -m tests.simulation.worlds --worlds 1000
"""

import argparse
import json
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pydantic_core import to_json

from processor.policy_file import load_policies
from processor.simulation.worlds import BEGINNINGS, Shape, Written, log
from schemas.cloudevents import decode, to_line
from schemas.errors import BadRecord
from schemas.events import EVENTS
from schemas.instants import SECOND, Instant
from schemas.signals import CRM, MARKETING, NOBODY, Signal
from tests.checker.history import History, read_records
from tests.checker.judge import violations
from tests.checker.policies import read_policies
from tests.checker.records import Record
from tests.checker.run import Run, Violation
from tests.checker.said import Refused, Told, read_told
from tests.simulation.agreements import write_agreement
from tests.simulation.shell import Entry, Part, Storm, calm

DAY = 86_400 * SECOND
_STRUCTURED = [("content-type", b"application/cloudevents+json")]
_ORDER = {MARKETING: 0, CRM: 1}


class Outcome(NamedTuple):
    seed: int
    records: int
    leads: int
    lead_weeks: float
    wrong: list[Violation]
    crashes: int


def live(seed: int, kind: type[Part] = Part) -> Outcome:
    """One world; for the same seed the same, whatever machine it is. `kind`: the broker's partitions in the storm."""
    rng = Random(seed)
    shape = Shape(seed, rng.choice((3, 8, 14)), rng.choice((6, 12, 20)), rng.random() < 0.5, rng.choice((25, 55)) * 60 * SECOND)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_agreement(rng, folder, BEGINNINGS[0], BEGINNINGS[0] + 40 * DAY)
        records = list(_records(rng, log(shape), rng.choice((1, 2, 3))))
        policies = load_policies(folder)
        logs = _logs(records)
        until = max(record.logged for record in records) + rng.choice((0, 1, 9 * DAY)) + 1
        quiet, stormy = ({number: each(number, entries) for number, entries in logs.items()} for each in (Part, kind))
        for part in quiet.values():
            calm(part, policies, until)
        storm = Storm(rng, list(stormy.values()), policies, until)
        storm.rage()
        wrong = [found for number, part in quiet.items() for found in _differences(part, stormy[number])]
        wrong += judged(records, quiet, folder, until - 1)
    return Outcome(seed, len(records), shape.leads, shape.leads * shape.days / 7, wrong, storm.crashes)


def judged(records: list[Record], parts: dict[int, Part], folder: Path, until: Instant) -> list[Violation]:
    history: History = read_records(records, read_policies(folder))
    told = Told([], [], [])
    for number, part in parts.items():
        said = read_told((to_line(event, "/handoff/world", EVENTS[event.type][0]) for event in part.events), number)
        told.events.extend(said.events)
        told.unreadable.extend(said.unreadable)
        told.dead_letters.extend(Refused(topic, number, offset, "") for topic, offset in part.dead)
    ends = dict.fromkeys(parts, until)
    return [*violations(Run(history, told, ends, ends)), *remembered(history, parts)]


def remembered(history: History, parts: dict[int, Part]) -> Iterator[Violation]:
    """What was ever told of a lead that is gone by the end, where its state still holds it."""
    for lead, heard in history.by_lead().items():
        said = [record for record in heard if record.first is not False and record.type in ("crm.erased", "crm.merged", "crm.reopened")]
        if not said or said[-1].type == "crm.reopened":
            continue
        state = parts[heard[0].partition].states.get(lead.encode(), b"")
        for word in sorted({word for record in heard for word in _words(record.data)} - {lead}):
            if word.encode() in state:
                rule = "I13, section 8: state keeps only that the lead was erased and how many cycles and stages it had"
                yield Violation(rule, f"its state holds {word!r}", lead)


def _words(data: object) -> Iterator[str]:
    """The texts in it that are long enough to be somebody's."""
    match data:
        case str():
            yield from [data] if len(data) > 4 else []
        case list():
            for item in data:
                yield from _words(item)
        case dict():
            for item in data.values():
                yield from _words(item)


def _differences(quiet: Part, stormy: Part) -> Iterator[Violation]:
    exact = "section 9: a crash anywhere neither loses nor double-counts an input; the same decision has the same id and the same bytes"
    fold = "I7: the state is the fold of the input after any recovery"
    for rule, name, one, other in (
        (exact, "outputs", quiet.outputs(), stormy.outputs()),
        (exact, "dead letters", quiet.dead, stormy.dead),
        (fold, "states", sorted(quiet.states.items()), sorted(stormy.states.items())),
        (fold, "watch", quiet.watch, stormy.watch),
    ):
        if one != other:
            first = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), f"{len(one)} and {len(other)}")
            yield Violation(rule, f"{name} of partition {quiet.number} differ between a calm run and one with crashes: {str(first)[:600]}")


def _records(rng: Random, written: Iterator[Written], partitions: int) -> Iterator[Record]:
    """The log on its topics, half of it in binary mode; what is about nobody is written to every partition."""
    offsets: dict[tuple[str, int], int] = defaultdict(int)
    for one in written:
        everywhere = one.subject == NOBODY
        for partition in range(partitions) if everywhere else (zlib.crc32(one.subject.encode()) % partitions,):
            offset = offsets[one.topic, partition]
            offsets[one.topic, partition] += 1
            headers, value = _binary(one.value) if rng.random() < 0.5 else (_STRUCTURED, one.value)
            yield Record(one.topic, partition, offset, one.logged, one.subject.encode(), value, headers)


def _binary(value: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """The same record in binary mode, where it is one that can be read."""
    try:
        envelope = json.loads(value)
        data = envelope.pop("data")
    except (ValueError, KeyError):
        return _STRUCTURED, value
    return [("content-type", b"application/json"), *((f"ce_{name}", str(said).encode()) for name, said in envelope.items())], to_json(data)


def _logs(records: list[Record]) -> dict[int, list[Entry]]:
    """Every partition in its one order: by the greatest logged so far, then topic, then offset."""
    logs: dict[int, list[Entry]] = defaultdict(list)
    reached: dict[tuple[str, int], Instant] = defaultdict(int)
    for record in records:
        try:
            signal: Signal | BadRecord = decode(record.key, record.value, record.headers, record.topic)
        except BadRecord as error:
            signal = error
        place = record.topic, record.partition
        reached[place] = max(reached[place], record.logged)
        logs[record.partition].append(Entry(record.topic, record.offset, reached[place], signal))
    for entries in logs.values():
        entries.sort(key=lambda entry: (entry.logged, _ORDER[entry.topic], entry.offset))
    return logs


def report(outcome: Outcome) -> str:
    lines = [f"seed {outcome.seed}: {len(outcome.wrong)} violations; again: python -m tests.simulation.worlds --seed {outcome.seed}"]
    return "\n".join(lines + [f"  {violation}" for violation in outcome.wrong[:20]])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--worlds", type=int, default=1 << 62)
    parser.add_argument("--minutes", type=float, default=1.0)
    asked = parser.parse_args()
    if asked.seed is not None:
        outcome = live(asked.seed)
        print(report(outcome))  # noqa: T201
        return bool(outcome.wrong)
    began, weeks, bad, rules = time.monotonic(), 0.0, [], Counter[str]()
    worlds = records = crashes = 0
    while worlds < asked.worlds and (asked.worlds < 1 << 62 or time.monotonic() - began < asked.minutes * 60):
        outcome = live(asked.first + worlds)
        worlds += 1
        weeks, records, crashes = weeks + outcome.lead_weeks, records + outcome.records, crashes + outcome.crashes
        rules.update({violation.rule for violation in outcome.wrong})
        if outcome.wrong:
            bad.append(outcome.seed)
            print(report(outcome), flush=True)  # noqa: T201
    minutes = (time.monotonic() - began) / 60
    print(f"{worlds} worlds from seed {asked.first}: {worlds / minutes:.0f} worlds and {weeks / minutes:.0f} lead-weeks a minute;")  # noqa: T201
    print(f"{records} records, {crashes} crashes; {len(bad)} worlds with violations: {bad[:40]}")  # noqa: T201
    for rule, count in rules.most_common():
        print(f"{count:5} {rule}")  # noqa: T201
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
