"""The peer: a Quix Streams app over both input topics, one store, record by record, with Quix's defaults; says itself how fast it was.

At least once, without deadlines. It runs with `fetched.packages()` on the path.
"""

import json
import sys
import time
from typing import Any, cast

from quixstreams import Application  # type: ignore[import-not-found] # fetched for this alone
from quixstreams.models.serializers import Serializer  # type: ignore[import-not-found] # same

from schemas.cloudevents import decode, encode
from schemas.events import EVENTS
from schemas.signals import CRM, MARKETING
from tests.benchmarks.decisions import Work, decision

Row = tuple[str, bytes, list[tuple[str, bytes]]]  # topic, value, headers


class ValueOfRow(Serializer):  # type: ignore[misc]
    def __call__(self, value: Row, ctx: Any) -> bytes:
        return value[1]


def run(work: Work, address: str, name: str, folder: str, prefix: str, goal: int) -> None:
    """Returns when so many signals are applied."""
    app = Application(address, consumer_group=name, auto_offset_reset="earliest", state_dir=folder, loglevel="WARNING")
    decide, source = decision(work), f"/quix/{name}"
    outputs = {topic: app.topic(topic, key_serializer="bytes", value_serializer=ValueOfRow()) for topic, _ in EVENTS.values()}
    times: list[float] = []
    applied = 0

    def judge(value: tuple[str, bytes], key: bytes, timestamp: int, headers: Any, state: Any) -> list[Row]:
        nonlocal applied
        if not applied:
            times.append(time.time())
        topic, body = value
        new, events = decide(state.get_bytes("lead"), decode(key, body, headers, topic), timestamp * 1000)
        state.set_bytes("lead", new)
        applied += 1
        if applied == goal:
            times.append(time.time())
            app.stop()
        rows = ((EVENTS[event.type][0], encode(event, source)) for event in events)
        return [(topic, value, headers) for topic, (_, value, headers) in rows]

    def frame(topic: str) -> Any:
        read = app.topic(prefix + topic, key_deserializer="bytes", value_deserializer="bytes")
        return app.dataframe(read).apply(lambda value: (topic, value))

    rows = frame(MARKETING).concat(frame(CRM)).apply(judge, stateful=True, metadata=True, expand=True)
    rows.set_headers(lambda row, *_: row[2]).to_topic(lambda row, *_: outputs[row[0]])
    app.run()
    began, ended = times
    sys.stdout.write(json.dumps({"first_ms": int(1000 * began), "last_ms": int(1000 * ended)}) + "\n")


if __name__ == "__main__":
    work, address, name, folder, prefix, goal = sys.argv[1:]
    run(cast("Work", work), address, name, folder, prefix, int(goal))
