"""The decisions over a file of events, with no Kafka: the same as a worker's over the topics; files and progress stay outside."""

from collections.abc import Iterable, Iterator

from pydantic_core import to_json

from processor.course import Course
from processor.domain.policy import Policies
from processor.history import History
from schemas.cloudevents import decode_line, to_line
from schemas.errors import BadRecord
from schemas.events import DEAD_LETTERS, EVENTS, Event
from schemas.instants import Instant


def replay(lines: Iterable[bytes], policies: Policies, source: str, until: Instant | None = None) -> Iterator[bytes]:
    """Structured-mode JSON lines, in the order decided, bad lines among them as dead letters; without line ends.

    The file is one partition, its order the log's: logged never goes back, lines of one logged are applied in the order of topics.
    `until`: lines logged later are not read, deadlines at exactly that instant fire; without it time ends at the last line's logged.
    """
    course = Course(0, policies)
    history = History(course.partition.admit)
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            line = decode_line(raw)
            complete = history.add(line) if until is None or history.logged_of(line) <= until else None
        except BadRecord as error:
            yield from _written(course.take(), source)
            yield _dead_letter(number, error)
            continue
        if complete is None:
            break
        for told in complete:
            yield from _written(course.hear(told), source)
    for told in history.rest():
        yield from _written(course.hear(told), source)
    yield from _written(course.reach((course.partition.reached if until is None else until) + 1), source)
    yield from _written(course.take(), source)


def _written(events: Iterable[Event], source: str) -> Iterator[bytes]:
    for event in events:
        yield to_line(event, source, EVENTS[event.type][0])


def _dead_letter(number: int, error: BadRecord) -> bytes:
    return to_json({"topic": DEAD_LETTERS, "line": number, "reason": error.reason, "field": error.field, "message": str(error)})
