"""One history compared by several processes, each with its share of the leads; what a share is, `processor.backtest` says."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from processor.backtest import WHOLE, Comparison, Share, compare, merged
from processor.cli.progress import Advance
from processor.garbage import look_seldom
from processor.policy_file import load_policies

Agreements = tuple[Path, Path]

SHARE_BYTES = 8 << 20  # a process takes a second to start: it is worth that much of the file
TOLD_BYTES = 1 << 20  # a process says so often how far it is
LOOKED_AT_EVERY_S = 0.2

_read: Any = None  # in a process of a share: by share, how many bytes it has read


def compare_in_shares(file: Path, agreements: Agreements, advance: Advance) -> Comparison:
    """As many shares as there are processors, fewer of a small file. Advances by bytes read, of all shares: `passes` times the file."""
    count = passes(file)
    if count == 1:
        return _compare(file, agreements, WHOLE, advance)
    spawning = get_context("spawn")  # not a fork: whoever watches the progress has threads
    read: Any = spawning.Array("q", count)
    seen = 0
    with ProcessPoolExecutor(count, spawning, _begin, (read,)) as pool:
        running = {pool.submit(_compare_share, file, agreements, Share(number, count)) for number in range(count)}
        waiting = running
        while waiting:
            _, waiting = wait(waiting, LOOKED_AT_EVERY_S)
            advance(sum(read) - seen)
            seen = sum(read)
        return merged([share.result() for share in running])


def passes(file: Path) -> int:
    """How often the file is read: once for each share."""
    return max(1, min(os.cpu_count() or 1, file.stat().st_size // SHARE_BYTES))


def _begin(read: Any) -> None:
    global _read  # noqa: PLW0603 - shared memory can only be given to a process when it begins
    _read = read
    look_seldom()


def _compare_share(file: Path, agreements: Agreements, share: Share) -> Comparison:
    def tell(read: int) -> None:
        _read[share.number] += read

    return _compare(file, agreements, share, tell)


def _compare(file: Path, agreements: Agreements, share: Share, advance: Advance) -> Comparison:
    one, other = map(load_policies, agreements)
    return compare(_lines(file, advance), (one, other), share)


def _lines(file: Path, advance: Advance) -> Iterator[bytes]:
    untold = 0
    with file.open("rb") as lines:
        for raw in lines:
            yield raw
            untold += len(raw)
            if untold > TOLD_BYTES:
                advance(untold)
                untold = 0
    advance(untold)
