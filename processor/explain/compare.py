"""The story beside what was really published: where each event lies, and what the story does not explain; reading topics stays outside."""

from collections.abc import Iterable, Mapping
from typing import Any

from processor.explain.story import Moment, Published, Story
from schemas.instants import parse_instant

Line = Mapping[str, Any]  # an event in structured mode, with where it lies


def compared(story: Story, lines: Iterable[Line], *, is_whole: bool) -> Story:
    """`is_whole`: the story goes as far as what was published; else nothing is said of what it does not explain."""
    found = {line["id"]: line for line in reversed(list(lines))}  # of one that was published again: the first
    timeline = tuple(_placed(moment, found) for moment in story.timeline)
    placed = {told.id for moment in timeline for told in moment.published if told.partition is not None}
    left = [_published(line) for id_, line in found.items() if id_ not in placed] if is_whole else []
    left.sort(key=lambda told: (told.time, told.topic, told.offset))
    return story.model_copy(update={"timeline": timeline, "unexplained": tuple(left), "on_kafka": True})


def _placed(moment: Moment, found: Mapping[str, Line]) -> Moment:
    return moment.model_copy(
        update={
            "published": tuple(
                told.model_copy(update={"partition": line["partition"], "offset": line["offset"]})
                if (line := found.get(told.id)) and line["data"] == told.data
                else told
                for told in moment.published
            )
        }
    )


def _published(line: Line) -> Published:
    return Published(
        topic=line["topic"],
        type=line["type"],
        id=line["id"],
        time=parse_instant(line["time"]),
        data=line["data"],
        partition=line["partition"],
        offset=line["offset"],
    )
