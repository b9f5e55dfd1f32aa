"""The leads table: a Faust table whose store is one dict a partition, filled by takeovers and lanes; when they may is not known here.

A committed transaction on the changelog is the changed leads' states (no value: the lead is gone), and last what was applied.
"""

from collections import ChainMap
from collections.abc import Iterable, Sequence
from typing import Any

import faust
import msgspec
from faust.stores.base import Store
from faust.types import TP

from schemas.instants import Instant

APPLIED = b"\0applied"  # a lead id has no control characters


class Applied(msgspec.Struct, frozen=True, array_like=True):
    """How far a partition is: by input topic its next offset and greatest logged; the instant reached; what the core keeps beside leads."""

    inputs: dict[str, tuple[int, Instant]] = {}
    reached: Instant = 0
    watch: bytes = b""

    def packed(self) -> bytes:
        return _pack(self)

    def offsets(self) -> dict[str, int]:
        return {topic: offset for topic, (offset, _) in self.inputs.items()}


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Applied).decode


class Part:
    """What the changelog says of one partition, up to `position`."""

    def __init__(self) -> None:
        self.states: dict[bytes, bytes] = {}
        self.applied = Applied()
        self.position = 0

    def read(self, records: Iterable[Any]) -> None:
        for record in records:
            if record.key == APPLIED:
                self.applied = _unpack(record.value)
            else:
                self._set(record.key, record.value)

    def show(self, states: Sequence[tuple[bytes, bytes | None]], applied: Applied, position: int) -> None:
        """A transaction is committed: now it can be seen."""
        for key, state in states:
            self._set(key, state)
        self.applied, self.position = applied, position

    def _set(self, key: bytes, state: bytes | None) -> None:
        if state is None:
            self.states.pop(key, None)
        else:
            self.states[key] = state


class LeadStore(Store):
    """What Faust sees of the parts. It is never written through Faust, and Faust's own recovery finds nothing to do."""

    def __init__(self, url: Any, app: Any, table: Any, **options: Any) -> None:
        super().__init__(url, app, table, **options)
        self.hold({})

    def hold(self, parts: dict[int, Part]) -> None:
        self.parts = parts
        self.data = ChainMap(*(part.states for part in parts.values()))

    async def on_rebalance(self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0) -> None:
        """Every assigned partition is taken over again, kept ones too: `newly_assigned` does not name one that was lost and won back, and
        another worker may have written meanwhile."""
        changelog = self.table.changelog_topic.get_topic_name()
        mine = {tp.partition for tp in assigned if tp.topic == changelog} & {tp.partition for tp in self.app.assignor.assigned_actives()}
        self.hold(await self.app.lanes.take_over({number: self.parts.get(number) or Part() for number in sorted(mine)}))

    def persisted_offset(self, tp: TP) -> int | None:
        part = self.parts.get(tp.partition)
        return part.position - 1 if part else None

    def apply_changelog_batch(self, batch: Iterable[Any], to_key: Any, to_value: Any) -> None:
        """Nothing: what Faust still reads came after the takeover, from a newer owner. This worker's next commit will be refused."""

    def __setitem__(self, key: bytes, value: bytes) -> None:
        raise TypeError("leads are written by their lane's transactions only")

    def __delitem__(self, key: bytes) -> None:
        raise TypeError("leads are written by their lane's transactions only")

    def reset_state(self) -> None:
        self.hold({})

    def set_persisted_offset(self, tp: TP, offset: int) -> None: ...

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None: ...

    async def backup_partition(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError("the changelog is the backup")

    def restore_backup(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError("the changelog is the backup")


class LeadTable(faust.Table[bytes, bytes]):
    def _new_store(self) -> Any:
        return LeadStore("leads://", self.app, self)
