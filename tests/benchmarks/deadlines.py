"""Many deadlines at one instant: how long until all are published, and how long the event loop is held up meanwhile."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from processor.policy_file import load_policies
from schemas.events import ESCALATIONS
from schemas.instants import SECOND
from schemas.signals import NOBODY, CrmHeartbeat
from tests.benchmarks.brokers import Place, broker, create_changelog
from tests.benchmarks.decisions import POLICY
from tests.benchmarks.load import BEGINS_MS, PARTITIONS, record, send
from tests.benchmarks.processes import Process, module, process, worker_settings
from tests.benchmarks.report import OURS, Figure, Gap, Kind, Target
from tests.benchmarks.states import handed_off, publish_states
from tests.benchmarks.topics_read import Offsets, committed, ends
from tests.benchmarks.turns import Asked, Contestant, Say, in_turns

PUBLISHED = Kind("deadlines at one instant, all published", "s", "less")
HELD = Kind("meanwhile the event loop was held up for", "ms", "less")
READY_WITHIN_S = 120.0
PUBLISHED_WITHIN_S = 120.0
CLOCK = "first_attempt"  # its first step warns the owner


class Deadlines(NamedTuple):
    leads: int
    turns: int


def deadlines(scale: Deadlines, say: Say) -> list[Figure | Gap]:
    asked = [
        Asked(PUBLISHED, f"{scale.leads:,}", Target(5, "≤ 5 s")),
        Asked(HELD, f"{scale.leads:,} deadlines", Target(250, "≤ 250 ms")),
    ]

    def ours(turn: int) -> Sequence[float]:
        with broker("records") as place:
            return _published(place, f"deadlines-{turn}", scale.leads)

    return in_turns([Contestant(OURS, asked, ours)], scale.turns, say)


def _published(place: Place, name: str, leads: int) -> tuple[float, float]:
    create_changelog(place, name)
    publish_states(place.address, f"{name}-leads-changelog", handed_off(BEGINS_MS), leads)
    start = asyncio.run(ends(place.address, [ESCALATIONS]))
    environment = worker_settings(place.address, name, place.folder, "records")
    with process(module("watched"), environment, place.folder / f"{name}.log") as worker:
        worker.until(lambda: worker.said("restored_s"), "the takeover", READY_WITHIN_S)
        time.sleep(2.0)  # it is at rest
        began = int(1000 * time.time())
        asyncio.run(_let_fall_due(place.address))
        last = asyncio.run(_await(place.address, start, leads, worker))
        held = [said["held_ms"] for said in worker.said("held_ms") if said["at_ms"] >= began]
    return (last - began) / 1000, float(max(held, default=0))


async def _let_fall_due(address: str) -> None:
    """A heartbeat a partition moves time past the first step, and past nothing else."""
    (policy,) = load_policies(POLICY).versions
    clock = next(clock for clock in policy.clocks if clock.name == CLOCK)
    (calendar,) = policy.calendars.values()
    opened = BEGINS_MS * (SECOND // 1000)
    due = calendar.due(opened, clock.target)
    warned = calendar.add(opened, calendar.between(opened, due) * 3 // 4)
    beats = [record(f"h{n}", NOBODY, warned // 1000 + 1000, CrmHeartbeat())._replace(partition=n) for n in range(PARTITIONS)]
    await send(address, beats)


async def _await(address: str, start: Offsets, leads: int, worker: Process) -> int:
    """When the broker appended the last of them, in milliseconds."""
    end, appended = time.monotonic() + PUBLISHED_WITHIN_S, list[int]()
    while len(appended) < leads:
        worker.alive()
        if time.monotonic() > end:
            raise RuntimeError(f"of {leads:,} deadlines {len(appended):,} were published within {PUBLISHED_WITHIN_S:.0f} s")
        await asyncio.sleep(0.1)
        if sum((await ends(address, [ESCALATIONS])).values()) >= leads:  # markers come on top; reading before would cost the worker
            appended = [found.timestamp async for found in committed(address, start) if found.key != NOBODY.encode()]
    assert len(appended) == leads, f"published {len(appended)} events, expected {leads}"
    return max(appended)
