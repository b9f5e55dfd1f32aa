"""What a work does with one signal of one lead, whoever moves the records; our own worker decides by partitions instead, peers do it so."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from processor.domain.announce import announce
from processor.domain.decide import decide
from processor.domain.lead import Lead, pack, unpack
from processor.domain.story import Story
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
    """The rules of `processor.domain`, all but the deadlines: who handles record by record has no place where they would fall due."""
    policies = load_policies(POLICY)

    def judge(state: bytes | None, signal: Signal, logged: Instant) -> tuple[bytes, Sequence[Event]]:
        story = Story(unpack(state) if state else Lead(signal.subject), logged, policies, {})
        decide(story, signal)
        steps = zip(story.told, story.leads, story.leads[1:], strict=False)
        return pack(story.lead), [said for event, before, lead in steps for said in announce(event, before, lead, policies, logged)]

    return judge
