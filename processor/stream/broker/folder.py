"""A folder that one process at a time works in; what it does there is its own business."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processor.stream.broker.errors import NotWritable


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder is there and ours until the end of the block; waits while another process has it. Raises NotWritable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise NotWritable(folder, error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
