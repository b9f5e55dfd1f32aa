"""The decisions over a file of events, with no Kafka: the same as a worker's over the topics; files and progress stay outside."""

from collections.abc import Iterable, Iterator

from pydantic_core import to_json

from processor.domain.partition import Partition
from processor.domain.policy import Policies
from processor.history import History, Told
from schemas.cloudevents import decode_line, to_line
from schemas.errors import BadRecord
from schemas.events import DEAD_LETTERS, EVENTS
from schemas.instants import Instant

TAKEN_AT = 500  # signals, or changed leads, held decoded: more than a processor's cache holds would be slower, and memory must not grow


def replay(lines: Iterable[bytes], policies: Policies, source: str, until: Instant | None = None) -> Iterator[bytes]:
    """Structured-mode JSON lines, in the order decided, bad lines among them as dead letters; without line ends.

    The file is one partition, its order the log's: logged never goes back, lines of one logged are applied in the order of topics.
    `until`: lines logged later are not read, deadlines at exactly that instant fire; without it time ends at the last line's logged.
    """
    deciding = _Deciding(policies, source)
    history = History(deciding.partition.admit)
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            line = decode_line(raw)
            complete = history.add(line) if until is None or history.logged_of(line) <= until else None
        except BadRecord as error:
            yield from deciding.taken()
            yield _dead_letter(number, error)
            continue
        if complete is None:
            break
        for told in complete:
            yield from deciding.hear(told)
    for told in history.rest():
        yield from deciding.hear(told)
    yield from deciding.reach((deciding.partition.reached if until is None else until) + 1)
    yield from deciding.taken()


class _Deciding:
    """One partition, and what is taken from it now and then."""

    def __init__(self, policies: Policies, source: str) -> None:
        self._states: dict[bytes, bytes] = {}
        self._source, self._untaken = source, 0
        self.partition = Partition(0, policies, self._states)

    def hear(self, told: Told) -> Iterator[bytes]:
        yield from self.reach(told.logged)
        self.partition.apply(told.signal, told.logged)
        self._untaken += 1
        if self._untaken >= TAKEN_AT:
            yield from self.taken()

    def reach(self, before: Instant) -> Iterator[bytes]:
        while not self.partition.judge(before, TAKEN_AT):
            yield from self.taken()

    def taken(self) -> Iterator[bytes]:
        decided = self.partition.take()
        self._untaken = 0
        for key, packed in decided.states:
            if packed is None:
                self._states.pop(key, None)
            else:
                self._states[key] = packed
        for event in decided.events:
            yield to_line(event, self._source, EVENTS[event.type][0])


def _dead_letter(number: int, error: BadRecord) -> bytes:
    return to_json({"topic": DEAD_LETTERS, "line": number, "reason": error.reason, "field": error.field, "message": str(error)})
