"""A worker that waits at a door, and may be told to end while it takes over; from outside: the product knows no such option."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from processor.cli import app
from processor.stream import (
    lanes,
    worker,  # noqa: F401 - what takes long to load is loaded at the door
)

LOOK_EVERY_S = 0.02
NOTICED_S = 0.5  # of a signal


def come(door: str, *, ending: bool) -> None:
    """Makes the file, and runs the worker's command once it is gone.

    `ending`: it is told to end when its partitions are fenced and not yet restored.
    """
    restore = vars(lanes)["restore"]

    async def told_to_end(*said: Any) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(NOTICED_S)
        count: int = await restore(*said)
        return count

    if ending:
        vars(lanes)["restore"] = told_to_end
    waits = Path(door)
    waits.touch()
    while waits.exists():
        time.sleep(LOOK_EVERY_S)
    app(prog_name="handoff")
