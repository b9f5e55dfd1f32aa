"""A worker whose transactions hang from some moment on, and that is called stuck sooner; from outside: the product knows no such option."""

import asyncio
from typing import Any

from processor.cli import app
from processor.stream import health
from processor.stream.writer import PartitionWriter

STUCK_S = 2.0
COMMITS = 8  # of four partitions: two of each before one hangs


def work_until_commits_hang() -> None:
    commit, begun = PartitionWriter.commit, 0

    async def commit_or_hang(self: Any, *batch: Any) -> None:
        nonlocal begun
        begun += 1
        await (commit(self, *batch) if begun <= COMMITS else asyncio.Event().wait())

    health.STUCK_S = STUCK_S
    PartitionWriter.commit = commit_or_hang  # type: ignore[method-assign, assignment]
    app(prog_name="handoff")
