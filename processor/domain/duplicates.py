"""Which signals of a lead have been heard, in 13 bytes each: an identity is applied once; what a repeat means stays outside.

Remembered at least while among the last 64, or younger than 7 days, of which up to 1,024 (semantics §9).
"""

import struct
from hashlib import blake2b
from typing import NamedTuple

from schemas.instants import SECOND, Instant

_ENTRY = struct.Struct(">8sIB")  # identity, logged in seconds, whether a repeat has been published
_ALWAYS, _AT_MOST = 64, 1024
_YOUNG_S = 7 * 24 * 3600


class Repeat(NamedTuple):
    """A signal heard before; published is whether that has been said."""

    published: bool


def identity(source: str, signal_id: str) -> bytes:
    """Eight bytes: among the 1,024 of one lead two different signals collide once in 10^16."""
    return blake2b(f"{source}\0{signal_id}".encode(), digest_size=8).digest()


def repeat_of(seen: bytes, mark: bytes) -> Repeat | None:
    at = _find(seen, mark)
    return None if at < 0 else Repeat(bool(seen[at + 12]))


def remember(seen: bytes, mark: bytes, logged: Instant) -> bytes:
    """With the new identity at the end and without those that need not be remembered any more."""
    seen += _ENTRY.pack(mark, min(max(logged // SECOND, 0), 0xFFFFFFFF), 0)
    count = len(seen) // _ENTRY.size
    if count <= _ALWAYS:
        return seen
    too_old, drop = logged // SECOND - _YOUNG_S, max(0, count - _AT_MOST)
    while count - drop > _ALWAYS and _ENTRY.unpack_from(seen, drop * _ENTRY.size)[1] < too_old:
        drop += 1
    return seen[drop * _ENTRY.size :]


def published(seen: bytes, mark: bytes) -> bytes:
    """With the repeat of this identity marked as published: a third one says nothing new."""
    at = _find(seen, mark) + 12
    return seen[:at] + b"\1" + seen[at + 1 :]


def _find(seen: bytes, mark: bytes) -> int:
    at = seen.find(mark)
    while at >= 0 and at % _ENTRY.size:
        at = seen.find(mark, at + 1)
    return at
