"""A header whose name is not UTF-8 stops nobody."""

import struct
from typing import Any

import pytest
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition

from processor.stream.forgiving import ForgivingRecords

GZIP = 1


def batch(*values: bytes, compression: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(
        2, compression, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=1 << 20
    )
    for offset, value in enumerate(values):
        assert builder.append(offset, 1000 + offset, key=b"k", value=value, headers=[("name", b"\xff"), ("none", None)])
    return bytes(builder.build())


def spoiled(raw: bytes) -> bytes:
    changed = bytearray(raw.replace(b"name", b"n\xffme", 1))
    struct.pack_into(">I", changed, 17, calc_crc32c(bytes(changed[21:])))
    return bytes(changed)


def read(records: Any) -> list[Any]:
    return list(PartitionRecords(TopicPartition("t", 0), records, [], 0, None, None, True, 1))


def test_aiokafka_still_needs_it() -> None:
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(spoiled(batch(b"one"))))


def test_a_name_that_is_not_utf8_is_shown_with_backslashes() -> None:
    first, second = read(ForgivingRecords(spoiled(batch(b"one", b"two"))))
    assert first.headers == (("n\\xffme", b"\xff"), ("none", None))
    assert second.headers == (("name", b"\xff"), ("none", None))
    assert [(found.offset, found.key, found.value) for found in (first, second)] == [(0, b"k", b"one"), (1, b"k", b"two")]


@pytest.mark.parametrize("compression", [0, GZIP])
def test_other_batches_are_read_as_aiokafka_reads_them(compression: int) -> None:
    raw = batch(b"one", b"two", compression=compression) + batch(b"three")
    assert read(ForgivingRecords(raw)) == read(MemoryRecords(raw))
