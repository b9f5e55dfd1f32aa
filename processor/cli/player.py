"""A week's lines put on the topics one after the other, at a pace, in a thread; where the lines come from stays outside."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path

from kafka import KafkaProducer

from processor.stream.lines import to_records
from processor.stream.topics import TOPICS
from schemas.cloudevents import decode_line
from schemas.instants import SECOND, Instant

LONGEST_SILENCE: Instant = 60 * SECOND  # of the week's time that is played as long as it is: nights and Sundays pass quickly


class Player:
    """Plays in a thread of its own. How far it is stays in a file, so that the next run goes on there."""

    def __init__(self, lines: Sequence[bytes], memory: Path, seconds: float) -> None:
        """`seconds`: how long all of it takes, silences shortened. `memory` says how many lines were played before."""
        self._raw, self._lines, self._memory = lines, [decode_line(line) for line in lines], memory
        lengths = [min(later.logged - earlier.logged, LONGEST_SILENCE) for earlier, later in pairwise(self._lines)]
        self._shares = [moment / sum(lengths) for moment in accumulate(lengths, initial=0)]
        self._seconds = seconds
        self.played = played(memory)
        self._error: Exception | None = None
        self._ending = threading.Event()

    @contextmanager
    def playing(self, address: str, partitions: int) -> Iterator[None]:
        """Plays what was not played before, until it is over or the block ends. `partitions`: of each input topic."""
        thread = threading.Thread(target=self._run, args=(address, partitions), name="player", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ending.set()
            thread.join()

    @property
    def over(self) -> bool:
        """All is played and acknowledged. Raises what the thread could not go on with."""
        if self._error:
            raise self._error
        return self.played == len(self._lines)

    @property
    def share(self) -> float:
        """How much of the time that it takes is over, from 0 to 1."""
        return self._shares[max(0, self.played - 1)]

    @property
    def logged(self) -> Instant:
        """The week's time: that of the last line played, or of the first one."""
        return self._lines[max(0, self.played - 1)].logged

    def _run(self, address: str, partitions: int) -> None:
        inputs = {topic.name: partitions for topic in TOPICS if topic.role == "in"}
        try:
            with KafkaProducer(bootstrap_servers=address, enable_idempotence=True, linger_ms=0) as producer:
                self._play(producer, inputs)
        except Exception as error:  # noqa: BLE001 - whoever asks next is told
            self._error = error

    def _play(self, producer: KafkaProducer, inputs: dict[str, int]) -> None:
        began: float | None = None
        for raw, line, share in zip(self._raw[self.played :], self._lines[self.played :], self._shares[self.played :], strict=True):
            at = share * self._seconds
            began = time.monotonic() - at if began is None else began
            if self._ending.wait(max(0.0, began + at - time.monotonic())):
                return
            sent = [
                producer.send(topic, value, key, headers, partition, timestamp)
                for topic, partition, key, value, headers, timestamp in to_records(raw, line, inputs)
            ]
            # Acknowledged before the next: it must not be seen before what was logged earlier on the other topic, or time would not wait.
            for delivery in sent:
                delivery.get()
            self.played += 1
            self._remember()

    def _remember(self) -> None:
        fresh = self._memory.with_suffix(".new")
        fresh.write_text(str(self.played))
        fresh.replace(self._memory)


def played(memory: Path) -> int:
    """How many lines of a week were played in former runs, as its file says."""
    return int(memory.read_text()) if memory.exists() else 0
