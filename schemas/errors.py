"""What is wrong with a record; what becomes of it (a dead letter, a line of the replay) is the reader's business."""

from typing import Literal

Reason = Literal[
    "unparsable",  # not JSON, not UTF-8, nested too deep
    "oversized",
    "unknown_type",
    "wrong_topic",
    "missing_subject",
    "bad_attribute",  # a CloudEvents attribute is missing or cannot be right
    "bad_schema",  # `data` is not what its type promises
    "wrong_key",
    "wrong_partition",
    "unknown_reason",
]


class BadRecord(Exception):
    """A record that cannot be judged. `field` is a path (`data.attributes.role`), "" for the whole record; `found` never quotes `data`."""

    def __init__(self, reason: Reason, field: str, found: str, expected: str) -> None:
        super().__init__(reason, field, found, expected)
        self.reason: Reason = reason
        self.field = field
        self.found = found
        self.expected = expected

    def __str__(self) -> str:
        where = f" at {self.field}" if self.field else ""
        return f"{self.reason}{where}: found {self.found}, expected {self.expected}; correct it and send it again"
