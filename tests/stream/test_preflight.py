"""Whoever starts a worker on unfit topics is told what to do."""

import pytest

from processor.stream.preflight import UnfitTopics
from processor.stream.topics import Drift


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Drift("crm.events.v1", "topic", "there", "missing"), "topic crm.events.v1 is missing; create it: handoff topics create"),
        (Drift("crm.events.v1", "partitions", "12", "6"), "has 6 partitions, expected 12"),
        (Drift("crm.events.v1", "message.timestamp.type", "LogAppendTime", "CreateTime"), "or start the worker with --time records"),
        (Drift("crm.events.v1", "message.timestamp.type", "CreateTime", "LogAppendTime"), "or start the worker with --time broker"),
        (Drift("handoff-leads-changelog", "cleanup.policy", "compact", "delete"), "has cleanup.policy=delete, expected compact"),
    ],
)
def test_the_message_says_what_was_found_what_was_expected_and_what_to_do(found: Drift, words: str) -> None:
    assert words in str(UnfitTopics([found]))
