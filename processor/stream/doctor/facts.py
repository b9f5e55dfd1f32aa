"""What the doctor finds out about a Kafka before anybody judges it: values only, in Kafka's words."""

from typing import Literal, NamedTuple

from processor.stream.topics import Drift

NEWER = "what the newer owner wrote"
OLDER = "what the older owner wrote"


class Fence(NamedTuple):
    """How two owners of one transactional id fared on a topic of their own."""

    write: str | None
    """The error that refused the older one's write; None: it was accepted."""
    commit: str | None
    """Likewise of its commit."""
    read: tuple[str, ...]
    """What a `read_committed` reader sees in the end."""


class Ahead(NamedTuple):
    """By how much a broker's clock is ahead of this machine's: at least `low`, at most `high` milliseconds."""

    broker: int
    low: float
    high: float


class Missing(NamedTuple):
    """A right that this client has not, in the words of `kafka-acls.sh`."""

    kind: Literal["Topic", "Group", "TransactionalId"]
    name: str
    operation: str
    needed_to: str


class Member(NamedTuple):
    """A worker in the group; `instance` is its static name, None without one."""

    name: str
    instance: str | None
    host: str
    partitions: frozenset[tuple[str, int]]


class Group(NamedTuple):
    name: str
    state: str
    members: tuple[Member, ...]


class Reached(NamedTuple):
    """How far a partition is: `applied` is committed by the group, None if nothing is; `stable` is where `read_committed` ends."""

    topic: str
    partition: int
    begin: int
    stable: int
    end: int
    applied: int | None = None

    @property
    def lag(self) -> int:
        return max(0, self.stable - (self.begin if self.applied is None else max(self.begin, self.applied)))


class Open(NamedTuple):
    """A partition whose last stable offset stayed before its end while somebody looked."""

    topic: str
    partition: int
    since: int
    """The offset at which the oldest open transaction begins."""
    looked_s: float
    producers: tuple[str, ...]


class Chart(NamedTuple):
    """All that was found; what could not be looked into is None, and `refused` says why: what was asked, and Kafka's answer."""

    address: str
    cluster: str
    versions: dict[int, tuple[int, ...]]
    fence: Fence | None
    clocks: tuple[Ahead, ...]
    drift: tuple[Drift, ...]
    missing: tuple[Missing, ...]
    group: Group | None
    reached: tuple[Reached, ...]
    open: tuple[Open, ...]
    refused: tuple[tuple[str, str], ...]
    left: str | None
    """The topic that the doctor made and could not delete."""
