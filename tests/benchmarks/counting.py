"""The *shell* work on our lanes: the worker as it is, but its core only counts; the rules and their cost stay outside."""

from collections.abc import Mapping
from typing import NamedTuple

from processor import logs
from processor.settings import Settings
from processor.stream.worker import run
from schemas.events import Event
from schemas.instants import Instant
from schemas.signals import Signal
from tests.benchmarks.decisions import STEP


class Counted(NamedTuple):
    states: list[tuple[bytes, bytes | None]]
    events: tuple[Event, ...] = ()
    watch: bytes = b""
    told: tuple[()] = ()


class Counts:
    """A core without deadlines and without events: a lead's state is its counter."""

    reached: Instant = 0

    def __init__(self, number: int, states: Mapping[bytes, bytes], watch: bytes) -> None:
        self._states = states
        self._changed: dict[bytes, int] = {}

    def admit(self, signal: Signal, logged: Instant) -> None:
        """Whatever can be decoded is counted."""

    def judge(self, before: Instant, limit: int) -> bool:
        self.reached = before
        return True

    def apply(self, signal: Signal, logged: Instant) -> None:
        key = signal.subject.encode()
        count = self._changed.get(key)
        self._changed[key] = STEP + (int(self._states.get(key, 0)) if count is None else count)

    def take(self) -> Counted:
        changed, self._changed = self._changed, {}
        return Counted([(key, b"%d" % count) for key, count in changed.items()])


if __name__ == "__main__":
    logs.configure()
    run(Settings(), Counts)
