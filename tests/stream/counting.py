"""A core that counts, in place of the rules: every third signal of a lead is an event, and so is its silence for three seconds."""

import heapq
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from schemas.errors import BadRecord
from schemas.events import Event, HandoffReturned, HandoffStage
from schemas.instants import SECOND, Instant
from schemas.signals import Signal

SILENCE = 3 * SECOND


class Count(msgspec.Struct, frozen=True, array_like=True):
    """A lead. `due`: when its silence is an event; 0 where it has been."""

    signals: int = 0
    last: tuple[str, ...] = ()
    logged: Instant = 0
    due: Instant = 0


class Decided(NamedTuple):
    states: list[tuple[bytes, bytes | None]]
    events: list[Event]
    watch: bytes
    told: tuple[()] = ()


pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(Count).decode


class Counting:
    def __init__(self, number: int, states: Mapping[bytes, bytes], watch: bytes = b"") -> None:
        self.number, self.states = number, states
        self.applied, self.reached = map(int, (watch or b"0 0").split())
        self.changed: dict[bytes, Count] = {}
        self.events: list[Event] = []
        self.due = [(count.due, key) for key, raw in states.items() if (count := unpack(raw)).due]
        heapq.heapify(self.due)

    def judge(self, before: Instant, limit: int) -> bool:
        while self.due and self.due[0][0] < before:
            if len(self.changed) >= limit:
                return False
            due, key = heapq.heappop(self.due)
            self.reached = due
            count = self.lead(key)
            if count.due == due:
                self.changed[key] = msgspec.structs.replace(count, due=0)
                self.events.append(silent(key.decode(), count))
        self.reached = before
        return True

    def admit(self, signal: Signal, logged: Instant) -> None:
        if signal.id.startswith("unheard-of"):
            raise BadRecord("unknown_reason", "data.reason", f"another at {logged}", "one of the policy's")

    def apply(self, signal: Signal, logged: Instant) -> None:
        logged = max(logged, self.reached)
        key = signal.subject.encode()
        before = self.lead(key)
        count = Count(before.signals + 1, (*before.last, signal.id)[-5:], logged, logged + SILENCE)
        self.changed[key] = count
        self.applied += 1
        heapq.heappush(self.due, (count.due, key))
        if count.signals % 3 == 0:
            self.events.append(third(signal.subject, count))

    def take(self) -> Decided:
        states: list[tuple[bytes, bytes | None]] = [(key, pack(count)) for key, count in self.changed.items()]
        decided = Decided(states, self.events, b"%d %d" % (self.applied, self.reached))
        self.changed, self.events = {}, []
        return decided

    def lead(self, key: bytes) -> Count:
        return self.changed.get(key) or (unpack(raw) if (raw := self.states.get(key)) else Count())


def third(lead: str, count: Count) -> Event:
    data = HandoffStage(lead=lead, policy="count", policy_version=1, from_="lead", to="mql", cause=",".join(count.last))
    return Event("handoff.stage", f"{lead}/stage/{count.signals}", lead, count.logged, data)


def silent(lead: str, count: Count) -> Event:
    data = HandoffReturned(lead=lead, policy="count", policy_version=1, reason=",".join(count.last), by="clock", fault="neither")
    return Event("handoff.returned", f"{lead}/{count.logged}/returned", lead, count.due, data)
