"""The peer: how long plain Faust takes to recover a table from its changelog, its store in memory, its settings its own."""

import json
import sys
import time
from typing import Any

import faust

from schemas.signals import CRM
from tests.benchmarks.load import PARTITIONS


class _App(faust.App):  # type: ignore[misc]
    assigned_at = 0.0

    async def _on_partitions_assigned(self, *args: Any, **options: Any) -> None:
        self.assigned_at = time.monotonic()
        await super()._on_partitions_assigned(*args, **options)


def build(address: str, name: str, folder: str) -> Any:
    # fmt: off
    app = _App(
        name, broker=f"kafka://{address}", store="memory://", datadir=folder, topic_partitions=PARTITIONS,
        key_serializer="raw", value_serializer="raw", web_enabled=False,
    )
    # fmt: on
    leads = app.Table("leads", key_type=bytes, value_type=bytes, partitions=PARTITIONS)

    async def each(stream: Any) -> None:
        async for event in stream.events():
            leads[event.key] = event.value

    app.agent(app.topic(CRM, key_type=bytes, value_type=bytes), name="each")(each)

    async def recovered() -> None:
        sys.stdout.write(json.dumps({"recovered_s": time.monotonic() - app.assigned_at, "leads": len(leads)}) + "\n")
        sys.stdout.flush()

    leads.on_recover(recovered)
    return app


if __name__ == "__main__":
    address, name, folder = sys.argv[1:]
    worker = build(address, name, folder).Worker(loglevel="WARNING", redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()
