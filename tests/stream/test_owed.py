"""A lane that hangs owes its turn; one that is idle, or waits for a proof, owes nothing."""

import asyncio

from tests.stream.records import TOPICS, record
from tests.stream.test_lane import World

A, B = TOPICS


def owed(world: World) -> float | None:
    return world.lane.owed


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_idle_and_waiting_for_proof_a_lane_owes_nothing() -> None:
    w = World()
    w.lane.start(1)
    w.see_ends()
    await settle()
    assert owed(w) is None
    w.arrive(A, [record(A, 0, 10)])  # a fetch sent before: the other topic may still bring an earlier one
    w.lane.merge.margin = 100.0
    await settle()
    assert w.lane.merge.feeds[0].waiting == 1
    assert owed(w) is None
    await w.lane.close()


async def test_a_lane_whose_commit_hangs_owes_what_has_come_meanwhile() -> None:
    w = World()
    hang = asyncio.Event()

    async def hanging(*_: object) -> None:
        await hang.wait()

    w.journal.commit = hanging  # type: ignore[method-assign, assignment]
    w.lane.start(1)
    w.arrive(A, [record(A, 0, 10)])
    w.see_ends()
    await settle()
    assert owed(w) is None, "its turn has begun"
    w.arrive(A, [record(A, 1, 11)])
    first = owed(w)
    assert first
    w.see_ends()
    assert owed(w) == first, "since the first"
    hang.set()
    await settle()
    assert owed(w) is None
    await w.lane.close()


async def test_a_lane_whose_task_has_ended_unheard_owes_for_ever() -> None:
    w = World()
    w.lane.start(1)
    await settle()
    task = w.lane._task
    assert task
    task.cancel()
    await settle()
    w.arrive(A, [record(A, 0, 10)])
    await settle()
    assert owed(w)
