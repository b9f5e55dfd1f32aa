"""A worker that comes back to many leads: how long until it decides, what it keeps of each in memory, and what it costs at rest."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from schemas.signals import CRM, MARKETING
from tests.benchmarks.brokers import Place, broker, create_changelog
from tests.benchmarks.peers import fetched
from tests.benchmarks.processes import module, process, worker_settings
from tests.benchmarks.report import FAUST, OURS, STREAMS, Figure, Gap, Kind, Target
from tests.benchmarks.runs import HANDOFF
from tests.benchmarks.states import publish_states, tracked
from tests.benchmarks.turns import Asked, Contestant, Say, in_turns

RESTORE = Kind("restore", "s", "less")
READ = Kind("restore, of which the changelog", "s", "less")
MEMORY = Kind("memory a lead", "bytes", "less")
IDLE = Kind("at rest with open clocks", "% of a core", "less")
READY_WITHIN_S = 180.0
SETTLED_S = 5.0


class Restore(NamedTuple):
    """Faust's own recovery has one lead in `share`, and what it takes is multiplied."""

    leads: int
    share: int
    rest_s: float
    turns: int
    peers: bool = True


def restore(scale: Restore, say: Say) -> list[Figure | Gap]:
    leads, part = f"{scale.leads:,} leads", f"{scale.leads // scale.share:,} leads, scaled"
    states = tracked(int(1000 * time.time()))  # so that the next hours bring no deadline
    with broker("broker") as place:
        say(f"  publishing the states of {leads}, {sum(map(len, states.models)) // len(states.models)} bytes each")

        def publish(name: str, count: int) -> str:
            create_changelog(place, name)
            publish_states(place.address, f"{name}-leads-changelog", states, count)
            return name

        name = publish("restore", scale.leads)
        create_changelog(place, "restore-nobody")

        def ours(turn: int) -> Sequence[float]:
            nobody = _taken_over(place, "restore-nobody", 1.0)
            found = _taken_over(place, name, scale.rest_s)
            bytes_a_lead = (found.resident - nobody.resident) / scale.leads
            return [found.ready_s, found.read_s, bytes_a_lead, 100 * found.share]

        def java(turn: int) -> Sequence[float]:
            program = fetched.streams()
            words = [place.address, name, place.folder / f"streams-{turn}", "exactly_once_v2", 100, 0, "-", MARKETING, CRM]
            with process([*program, *map(str, words)], {}, place.folder / f"streams-{turn}.log") as streams:
                (said,) = streams.until(lambda: streams.said("running_ms"), "its restore", READY_WITHIN_S)
            return [said["since_rebalance_ms"] / 1000]

        def plain(turn: int) -> Sequence[float]:
            few = publish(f"restore-faust-{turn}", scale.leads // scale.share)
            program = module("peers.faust_recovery", place.address, few, place.folder / few)
            with process(program, {}, place.folder / f"{few}.log") as faust:
                (said,) = faust.until(lambda: faust.said("recovered_s"), "its recovery", READY_WITHIN_S)
            return [scale.share * said["recovered_s"]]

        asked = [
            Asked(RESTORE, leads, Target(8, "≤ 8 s")),
            Asked(READ, leads),
            Asked(MEMORY, leads, Target(700, "≤ 700 bytes")),
            Asked(IDLE, f"{scale.leads:,} clocks", Target(1, "≤ 1 %")),
        ]
        contestants = [Contestant(OURS, asked, ours), Contestant(FAUST, [Asked(RESTORE, part)], plain)]
        if scale.peers:
            contestants.append(Contestant(STREAMS, [Asked(RESTORE, leads)], java))
        return in_turns(contestants, scale.turns, say)


class TakenOver(NamedTuple):
    """`ready_s`: from the fence's answer to the first decision; `read_s` of it was reading. `share` of a core at rest."""

    ready_s: float
    read_s: float
    resident: int
    share: float


def _taken_over(place: Place, name: str, rest_s: float) -> TakenOver:
    environment = worker_settings(place.address, name, place.folder, "broker")
    with process([str(HANDOFF), "worker"], environment, place.folder / f"{name}.log") as worker:
        (said,) = worker.until(lambda: worker.said("restored_s"), "the takeover", READY_WITHIN_S)
        time.sleep(min(SETTLED_S, rest_s))
        resident, worked, began = worker.resident(), worker.worked(), time.monotonic()
        time.sleep(rest_s)
        share = (worker.worked() - worked) / (time.monotonic() - began)
    return TakenOver(said["restored_s"] + said["opened_s"], said["restored_s"], resident, share)
