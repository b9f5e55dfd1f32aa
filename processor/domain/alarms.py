"""When leads are to be woken, the earliest first; why, and what then happens, stays outside.

There is one alarm for every lead: in one `bytes`, its instant before its key, it takes half of what a tuple does, and has the same order.
"""

import heapq

from schemas.instants import Instant

_WIDTH = 8


class Alarms:
    def __init__(self) -> None:
        self._heap: list[bytes] = []

    def add(self, at: Instant, key: bytes) -> None:
        """`at` is not before the epoch."""
        heapq.heappush(self._heap, at.to_bytes(_WIDTH) + key)

    def any_before(self, at: Instant) -> bool:
        return bool(self._heap) and at > 0 and self._heap[0] < at.to_bytes(_WIDTH)

    def pop(self) -> tuple[Instant, bytes]:
        """The earliest; of several of one lead at one instant all."""
        first = heapq.heappop(self._heap)
        while self._heap and self._heap[0] == first:
            heapq.heappop(self._heap)
        return int.from_bytes(first[:_WIDTH]), first[_WIDTH:]
