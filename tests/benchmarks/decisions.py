"""What a work does with one signal of one lead, for whoever moves record by record; our own worker decides by partitions instead."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from processor.domain.partition import Partition
from processor.policy_file import load_policies
from schemas.events import Event
from schemas.instants import Instant
from schemas.signals import Signal

Work = Literal["shell", "whole"]
Decide = Callable[[bytes | None, Signal, Instant], tuple[bytes, Sequence[Event]]]
"""(a lead's packed state, signal, logged) to its new state and what to publish."""

POLICY = Path(__file__).parents[2] / "deploy/samples/policies"
STEP = 3


def decision(work: Work) -> Decide:
    return _count if work == "shell" else _judging()


def _count(state: bytes | None, signal: Signal, logged: Instant) -> tuple[bytes, Sequence[Event]]:
    return b"%d" % (int(state or 0) + STEP), ()


def _judging() -> Decide:
    """The rules of `processor.domain`, over a state that is lent to them; deadlines are never judged, since nobody here sees time pass."""
    lent: dict[bytes, bytes] = {}
    partition = Partition(1, load_policies(POLICY), lent)

    def judge(state: bytes | None, signal: Signal, logged: Instant) -> tuple[bytes, Sequence[Event]]:
        lent.clear()
        if state is not None:
            lent[signal.subject.encode()] = state
        partition.admit(signal, logged)
        partition.apply(signal, logged)
        decided = partition.take()
        ((_, changed),) = decided.states
        assert changed is not None
        return changed, decided.events

    return judge
