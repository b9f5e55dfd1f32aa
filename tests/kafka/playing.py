"""Days of the sample week, played onto the topics while something happens to the workers; what must have come of them, others say."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from processor.cli.player import Player
from processor.stream.broker import EmbeddedKafka
from tests.kafka.workers import DIED, PARTITIONS, WEEK, Worker, until

LINES = WEEK.read_bytes().splitlines()


class Days:
    """The first lines of the week, up to a heartbeat, which brings every partition to its instant; as lines and as a file."""

    def __init__(self, lines: int, folder: Path) -> None:
        last = max(n for n, line in enumerate(LINES[:lines]) if b"crm.heartbeat" in line)
        self.lines, self.file, self._folder = LINES[: last + 1], folder / "days.jsonl", folder
        self.file.write_bytes(b"".join(line + b"\n" for line in self.lines))

    @contextmanager
    def playing(self, broker: EmbeddedKafka, seconds: float, begin: float = 0.0, end: float = 1.0) -> Iterator[Player]:
        """One line after the other meanwhile, from one share of the days to another; all of them are told after the block."""
        part = self.lines[int(begin * len(self.lines)) : int(end * len(self.lines))]
        player = Player(part, self._folder / f"played-{begin}", seconds)
        with player.playing(broker.address, PARTITIONS):
            yield player
            until(lambda: player.over, "the end of what is played", 60)


class Tended:
    """A worker that is started again whenever it has died, as a supervisor would; by any other end than a death it fails the test."""

    def __init__(self, start: Callable[[], Worker]) -> None:
        self._start = start
        self.worker, self.deaths = start(), 0

    def tend(self) -> None:
        code = self.worker.process.poll()
        if code is not None:
            assert code == DIED, f"it ended with {code}, see {self.worker.log}"
            self.deaths += 1
            self.worker = self._start()


def tend(workers: Sequence[Tended], seconds: float = 0.0) -> bool:
    """False, after so long a watch over them; to be asked while something is waited for."""
    end = time.monotonic() + seconds
    while True:
        for worker in workers:
            worker.tend()
        if time.monotonic() >= end:
            return False
        time.sleep(0.1)


def await_played(player: Player, share: float) -> None:
    until(lambda: player.over or player.share > share, f"{share:.0%} of what is played")


def await_shared(*workers: Worker) -> None:
    share = PARTITIONS // len(workers)
    until(lambda: [owned(worker) for worker in workers] == [share] * len(workers), "partitions shared equally", 60)


def owned(worker: Worker) -> int:
    return int(worker.counted().get(("handoff_partitions_owned",), 0))
