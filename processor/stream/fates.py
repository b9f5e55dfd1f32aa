"""How a transactional id's last transaction ended, asked of its coordinator; aiokafka does not ask that.

Kafka 3.6 and later take records only into transactions that the coordinator was told of: what lies on a partition is then of its last one.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

COMMITTED = {"PrepareCommit", "CompleteCommit"}

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
    """Those of which the coordinator says that their last transaction was committed; what it does not say is not among them."""
    client = AIOKafkaClient(**connection)
    try:
        await client.bootstrap()
        told = await asyncio.gather(*(_is_committed(client, transactional_id) for transactional_id in ids))
    except KafkaError:
        return set()
    finally:
        await client.close()
    return {transactional_id for transactional_id, yes in zip(ids, told, strict=True) if yes}


async def _is_committed(client: Any, transactional_id: str) -> bool:
    node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
    answer = await client.send(node, DescribeTransaction(transactional_id))
    return any(not error and state in COMMITTED for error, _, state, *_ in answer.transactions)
