"""A file's signals in the order in which the log applies them; what follows from them, and how a file is read, stay outside."""

from collections.abc import Callable
from typing import NamedTuple

from schemas.cloudevents import Line
from schemas.instants import Instant
from schemas.signals import SIGNALS, Signal

_PLACES = {topic: place for place, topic in enumerate(dict.fromkeys(topic for topic, _ in SIGNALS.values()))}


class Told(NamedTuple):
    """A signal, and the instant at which it is applied."""

    logged: Instant
    signal: Signal


class History:
    """Lines go in as they stand, signals come out as they are applied: logged never goes back, at one logged by the order of topics."""

    def __init__(self, admit: Callable[[Signal, Instant], None]) -> None:
        """`admit` raises BadRecord for a signal that the policy does not understand: such a line moves no time."""
        self._admit = admit
        self._together: list[Told] = []
        self.logged: Instant | None = None  # of the last good line

    def logged_of(self, line: Line) -> Instant:
        return line.logged if self.logged is None else max(line.logged, self.logged)

    def add(self, line: Line) -> list[Told]:
        """What can be applied now that a later line is known; `rest` gives what is left at the end. BadRecord as `admit` raises it."""
        logged = self.logged_of(line)
        self._admit(line.signal, logged)
        complete = [] if logged == self.logged else self.rest()
        self.logged = logged
        self._together.append(Told(logged, line.signal))
        return complete

    def rest(self) -> list[Told]:
        together, self._together = self._together, []
        if len(together) > 1:
            together.sort(key=lambda told: _PLACES[SIGNALS[told.signal.type][0]])
        return together
