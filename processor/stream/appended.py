"""Where a partition's log ends as its leader knows it, replicated or not: two questions that aiokafka does not ask.

A fetch shows what every replica in sync has. What is appended, and stamped, and not yet there can be seen later: that nothing is left to
be fetched proves nothing of it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.offset import OffsetResponse_v4
from aiokafka.protocol.types import Array, Int8, Int16, Int32, Int64, Schema, String
from faust.types import TP

LATEST, ANYBODY, UNCOMMITTED = -1, -1, 0

Asked = Mapping[str, list[tuple[int, int, int]]]  # by topic: (partition, the leader's epoch if known or -1, what is asked)


def _schema(*partition: tuple[str, Any]) -> Any:
    return "topics", Array(("topic", String("utf-8")), ("partitions", Array(*partition)))


class _EpochRequest(RequestStruct):
    """ListOffsets; aiokafka has this version's answer, and of the request only a draft."""

    API_KEY, API_VERSION, RESPONSE_TYPE = 2, 4, OffsetResponse_v4
    SCHEMA = Schema(
        ("replica_id", Int32),
        ("isolation_level", Int8),
        _schema(("partition", Int32), ("current_leader_epoch", Int32), ("timestamp", Int64)),
    )


class AskEpochs(Request[_EpochRequest]):
    API_KEY = 2

    def __init__(self, asked: Asked) -> None:
        self.asked = list(asked.items())

    def build(self, request_struct_class: type[_EpochRequest]) -> _EpochRequest:
        return request_struct_class(ANYBODY, UNCOMMITTED, self.asked)


class _EndResponse(Response):
    API_KEY, API_VERSION = 23, 2
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        _schema(("error_code", Int16), ("partition", Int32), ("leader_epoch", Int32), ("end_offset", Int64)),
    )


class _EndRequest(RequestStruct):
    """OffsetForLeaderEpoch: of the epoch that goes on, the end is the log's own."""

    API_KEY, API_VERSION, RESPONSE_TYPE = 23, 2, _EndResponse
    SCHEMA = Schema(_schema(("partition", Int32), ("current_leader_epoch", Int32), ("leader_epoch", Int32)))


class AskEnds(Request[_EndRequest]):
    API_KEY = 23

    def __init__(self, asked: Asked) -> None:
        self.asked = list(asked.items())

    def build(self, request_struct_class: type[_EndRequest]) -> _EndRequest:
        return request_struct_class(self.asked)


class Leaders:
    """Asked of their own logs. Which epoch each is in is kept: a question that names another one is refused."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._epochs: dict[TP, int] = {}

    async def ends(self, node: int, tps: Collection[TP]) -> dict[TP, int]:
        """The offset after the last record appended, of those partitions that the node leads. Raises aiokafka's KafkaError."""
        if unknown := [tp for tp in tps if tp not in self._epochs]:
            answer = await self._client.send(node, AskEpochs(_by_topic(dict.fromkeys(unknown, (-1, LATEST)))))
            for topic, parts in answer.topics:
                self._epochs |= {TP(topic, number): epoch for number, error, _, _, epoch in parts if not error}
        known = {tp: (self._epochs[tp], self._epochs[tp]) for tp in tps if tp in self._epochs}
        answer = await self._client.send(node, AskEnds(_by_topic(known)))
        ends = {TP(topic, number): end for topic, parts in answer.topics for error, number, _, end in parts if not error}
        for tp in known.keys() - ends.keys():  # another one leads, or the same one anew
            self._epochs.pop(tp, None)
        return ends


def _by_topic(asked: Mapping[TP, tuple[int, int]]) -> Asked:
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for tp, (epoch, what) in asked.items():
        found[tp.topic].append((tp.partition, epoch, what))
    return found
