"""The limit: the same signals decoded and decided in this process, batch by batch as a lane does it, but with no Kafka and no shell."""

import time
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from processor.domain.partition import Decided, Partition
from processor.policy_file import load_policies
from schemas.cloudevents import decode
from schemas.events import EVENTS
from tests.benchmarks.decisions import POLICY
from tests.benchmarks.load import PARTITIONS, Record

BATCH = 2_000  # signals of a partition, as in a lane's transaction


class Limit(NamedTuple):
    """What must come out, whoever works, and the speed that nobody who does it all in one Python process can exceed."""

    per_second: float
    states: dict[bytes, bytes]
    outputs: Counter[str]


def limit(records: Iterable[Record]) -> Limit:
    """Only decoding, deciding and packing is timed, not the making of the records."""
    policies = load_policies(POLICY)
    stores: list[dict[bytes, bytes]] = [{} for _ in range(PARTITIONS)]
    partitions = [Partition(number, policies, store) for number, store in enumerate(stores)]
    records, count, seconds, outputs = iter(records), 0, 0.0, Counter[str]()
    while batch := list(islice(records, BATCH * PARTITIONS)):
        count += len(batch)
        by_partition = [[record for record in batch if record.partition == number] for number in range(PARTITIONS)]
        began = time.perf_counter()
        for partition, store, mine in zip(partitions, stores, by_partition, strict=True):
            decided = _decided(partition, mine)
            store.update({key: state for key, state in decided.states if state is not None})  # nobody is forgotten within weeks
            outputs.update(EVENTS[event.type][0] for event in decided.events)
        seconds += time.perf_counter() - began
    return Limit(count / seconds, {key: state for store in stores for key, state in store.items()}, outputs)


def _decided(partition: Partition, records: Iterable[Record]) -> Decided:
    for record in records:
        signal, logged = decode(record.key, record.value, record.headers, record.topic), record.timestamp * 1000
        partition.admit(signal, logged)
        partition.judge(logged)
        partition.apply(signal, logged)
    return partition.take()
