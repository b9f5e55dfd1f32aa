"""How a transactional id's last transaction ended, asked of its coordinator until it says; aiokafka does not ask that.

Kafka 3.6 and later take records only into transactions that the coordinator was told of: what lies on a partition is then of its last one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeVar

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

COMMITTED = {"PrepareCommit", "CompleteCommit"}
NEVER_HEARD_OF = 105  # the id, by the coordinator: aiokafka does not know this error
ASK_FOR_S, ASK_EVERY_S = 30.0, 0.1  # a coordinator that has just started loads what it knew

T = TypeVar("T")

_Word = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)


class _DescribeResponse(Response):
    API_KEY, API_VERSION = 65, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "transactions",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", _Word),
                ("state", _Word),
                ("timeout_ms", Int32),
                ("start_ms", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", CompactArray(("topic", _Word), ("partitions", CompactArray(Int32)), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _DescribeRequest(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 65, 0, _DescribeResponse
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(("transactional_ids", CompactArray(_Word)), _TAGS)


class DescribeTransaction(Request[_DescribeRequest]):
    API_KEY = 65

    def __init__(self, transactional_id: str) -> None:
        self.transactional_id = transactional_id

    def build(self, request_struct_class: type[_DescribeRequest]) -> _DescribeRequest:
        return request_struct_class([self.transactional_id], {})


async def committed(connection: Mapping[str, Any], ids: Collection[str]) -> set[str]:
    """Those whose last transaction was committed. Raises KafkaError or TimeoutError where a coordinator does not say: on what it would have
    said depends whether events come twice."""
    async with asyncio.timeout(ASK_FOR_S):
        client = await _patiently(partial(_client, connection))
        try:
            told = await asyncio.gather(*(_patiently(partial(_is_committed, client, each)) for each in ids))
        finally:
            await client.close()
    return {transactional_id for transactional_id, yes in zip(ids, told, strict=True) if yes}


async def _client(connection: Mapping[str, Any]) -> Any:
    client = AIOKafkaClient(**connection)
    try:
        await client.bootstrap()
    except KafkaError:
        await client.close()
        raise
    return client


async def _is_committed(client: Any, transactional_id: str) -> bool:
    node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
    [(error, _, state, *_)] = (await client.send(node, DescribeTransaction(transactional_id))).transactions
    if error not in (0, NEVER_HEARD_OF):
        raise for_code(error)(f"the coordinator of {transactional_id} does not say how its last transaction ended: error {error}")
    return state in COMMITTED


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await ask()
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(ASK_EVERY_S)
