"""The peer: a plain Faust app, one agent a topic and one table, record by record, with Faust's defaults; how fast it is, others measure.

At least once, without deadlines, and with no order between the two topics.
"""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, cast

import faust

from schemas.cloudevents import decode, encode
from schemas.events import EVENTS
from schemas.signals import CRM, MARKETING
from tests.benchmarks.decisions import Work, decision
from tests.benchmarks.load import PARTITIONS


class _App(faust.App):  # type: ignore[misc]
    async def _on_agent_error(self, agent: Any, error: BaseException) -> None:
        """Faust would leave the record out and start the agent again, which is no comparison."""
        traceback.print_exception(error)
        os._exit(1)


def build(work: Work, address: str, name: str, folder: str, prefix: str) -> Any:
    """The inputs are the topics with the prefix, the outputs ours."""
    # fmt: off
    app = _App(
        name, broker=f"kafka://{address}", store="memory://", datadir=folder, topic_partitions=PARTITIONS,
        key_serializer="raw", value_serializer="raw", web_enabled=False,
    )
    # fmt: on
    leads = app.Table("leads", key_type=bytes, value_type=bytes, partitions=PARTITIONS)
    outputs = {topic: app.topic(topic, key_serializer="raw", value_serializer="raw") for topic, _ in EVENTS.values()}
    decide = decision(work)

    def agent(topic: str) -> Callable[[Any], Any]:
        async def each(stream: Any) -> None:
            async for event in stream.events():
                record = event.message
                signal = decode(event.key, event.value, record.headers, topic)
                state, events = decide(leads.get(event.key), signal, round(record.timestamp * 1000) * 1000)
                leads[event.key] = state
                for said in events:
                    key, value, headers = encode(said, f"/plain-faust/{name}")
                    await outputs[EVENTS[said.type][0]].send(key=key, value=value, headers=headers)

        return each

    for topic in (MARKETING, CRM):
        app.agent(app.topic(prefix + topic, key_type=bytes, value_type=bytes), name=topic)(agent(topic))
    return app


if __name__ == "__main__":
    work, address, name, folder, prefix = sys.argv[1:]
    build(cast("Work", work), address, name, folder, prefix).Worker(loglevel="WARNING").execute_from_commandline()
