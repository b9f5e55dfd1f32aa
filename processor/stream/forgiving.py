"""Record batches in which a header's name is not UTF-8: aiokafka cannot read them, so one such record would stop its partition for ever.

Clients for Java cannot write one, others can. The name is shown with backslashes; what becomes of the record, its decoding says.
"""

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH_AT, _HEAD = 8, 12  # of a batch: its base offset, then the length of what follows


class ForgivingRecords:
    """The batches of a fetch, in place of aiokafka's own class."""

    def __init__(self, raw: bytes) -> None:
        self._quick, self._raw, self._at = MemoryRecords(raw), memoryview(raw), 0
        self.has_next, self.size_in_bytes = self._quick.has_next, self._quick.size_in_bytes

    def next_batch(self) -> Any:
        batch, start = self._quick.next_batch(), self._at
        self._at += _HEAD + struct.unpack_from(">i", self._raw, start + _LENGTH_AT)[0]
        return _Batch(batch, self._raw[start : self._at])


class _Batch:
    """One batch, read by aiokafka's slower parser where the quick one fails."""

    def __init__(self, quick: Any, raw: memoryview) -> None:
        self._quick, self._raw = quick, raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._quick, name)

    def __next__(self) -> Any:
        return next(self._quick)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._quick))
        except UnicodeDecodeError:
            slow = _DefaultRecordBatchPy(self._raw)
            slow._maybe_uncompress()
            slow._buffer = _Forgiving(slow._buffer)
            return iter(list(slow))


class _Forgiving(bytearray):
    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return _Forgiving(found) if isinstance(index, slice) else found

    def decode(self, *_: Any) -> str:
        return super().decode("utf-8", "backslashreplace")


def read_forgivingly() -> None:
    """From now on every consumer of this process does."""
    fetcher.MemoryRecords = ForgivingRecords
