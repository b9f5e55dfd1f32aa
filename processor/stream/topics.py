"""Every topic, in one table: what it is for and how it must be. Made and checked here, never silently changed; its records are schemas'."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import NoError, TopicAlreadyExistsError, for_code

from schemas.events import DEAD_LETTERS, ESCALATIONS, FIGURES, LIFECYCLE, MQL, NURTURE, RETURNS
from schemas.signals import CRM, MARKETING

Role = Literal["in", "out", "changelog", "dead letters"]
Key = Literal["lead", "figure cell", "as it came"]
Timestamps = Literal["broker", "records"]
"""Who says when a signal was logged: the broker that appends it, or the record (a demo, a test, history that is filled in)."""

HOUR, DAY = 3_600_000, 86_400_000  # milliseconds, as in all of Kafka's settings
FOR_EVER = -1
INPUT_BYTES = 1_048_588  # Kafka's own default, said aloud because the dead letters' size follows from it
LEAD_BYTES = 8 << 20  # of what a lead has gathered from many records; as much as hosted clusters allow
STORY_BYTES = 65_536  # what a dead letter says in its headers beside the original record
LONG_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic as it must be. Spans in milliseconds, sizes in bytes; None leaves a setting to the cluster."""

    name: str
    role: Role
    key: Key
    cleanup: Literal["delete", "compact"]
    retention_ms: int
    max_message_bytes: int | None = None
    timestamps: Timestamps = "broker"
    partitions: int = 12
    replicas: int = 1

    def settings(self) -> dict[str, str]:
        """The topic's settings in Kafka's words."""
        said: dict[str, str | int] = {"cleanup.policy": self.cleanup, "retention.ms": self.retention_ms}
        if self.cleanup == "compact":
            # An hour: no takeover reads a log while it is cleaned. A week: what was erased is gone by then.
            said |= {"min.compaction.lag.ms": HOUR, "max.compaction.lag.ms": 7 * DAY}
        if self.max_message_bytes:
            said |= {"max.message.bytes": self.max_message_bytes}
        if self.replicas > 1:
            said |= {"min.insync.replicas": self.replicas - 1}
        if self.timestamps == "broker":
            said |= {"message.timestamp.type": "LogAppendTime"}
        else:
            # A simulated week may lie in the future, and history is older than any retention, which goes by the records' time.
            said |= {"message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": LONG_MAX, "retention.ms": FOR_EVER}
        return {name: str(value) for name, value in said.items()}


# Inputs last a quarter: a backtest has one, and no outage outlives them. Verdicts last as long, the audit trail as long as closed leads do.
TOPICS = (
    TopicSpec(MARKETING, "in", "lead", "delete", 90 * DAY, INPUT_BYTES),
    TopicSpec(CRM, "in", "lead", "delete", 90 * DAY, INPUT_BYTES),
    TopicSpec(MQL, "out", "lead", "delete", 90 * DAY, LEAD_BYTES),
    TopicSpec(ESCALATIONS, "out", "lead", "delete", 90 * DAY),
    TopicSpec(RETURNS, "out", "lead", "delete", 90 * DAY),
    TopicSpec(NURTURE, "out", "lead", "delete", 90 * DAY),
    TopicSpec(LIFECYCLE, "out", "lead", "delete", 400 * DAY),
    TopicSpec(FIGURES, "out", "figure cell", "compact", FOR_EVER),
    TopicSpec(DEAD_LETTERS, "dead letters", "as it came", "delete", 30 * DAY, INPUT_BYTES + STORY_BYTES),
    TopicSpec("{app}-leads-changelog", "changelog", "lead", "compact", FOR_EVER, LEAD_BYTES),
)


def specs(partitions: int = 12, replicas: int = 1, app: str = "handoff", timestamps: Timestamps = "broker") -> list[TopicSpec]:
    """Every topic as a cluster should have it. `timestamps` is about the inputs: what we publish is always stamped by the broker."""
    return [
        replace(
            topic,
            name=topic.name.format(app=app),
            partitions=partitions,
            replicas=replicas,
            timestamps=timestamps if topic.role == "in" else "broker",
        )
        for topic in TOPICS
    ]


def create(admin: KafkaAdminClient, wanted: Sequence[TopicSpec]) -> list[str]:
    """Every topic is there and has leaders; returns the names of those that were missing. What was there stays as it was: see `drift`."""
    asked = {
        spec.name: {"num_partitions": spec.partitions, "replication_factor": spec.replicas, "configs": spec.settings()} for spec in wanted
    }
    made = []
    # All are asked for, not only what a list lacks: the list that a broker gives lags behind the controller.
    for answer in admin.create_topics(asked, raise_errors=False)["topics"]:
        error = for_code(answer["error_code"])
        if error is NoError:
            made.append(answer["name"])
        elif error is not TopicAlreadyExistsError:
            raise error(f"{answer['name']}: {answer['error_message']}")
    admin.wait_for_topics(list(asked))
    return made


class Drift(NamedTuple):
    """A topic that is not as it must be."""

    topic: str
    setting: str
    expected: str
    found: str


# Decisions rest on these; how long a topic is kept, for one, is the operator's choice.
CHECKED = frozenset({"cleanup.policy", "message.timestamp.type", "min.compaction.lag.ms", "max.message.bytes", "min.insync.replicas"})
MORE_IS_FINE = frozenset({"min.compaction.lag.ms", "max.message.bytes", "min.insync.replicas", "replicas"})


def drift(admin: KafkaAdminClient, wanted: Sequence[TopicSpec]) -> list[Drift]:
    """How the cluster's topics differ from what they must be, in the order of `wanted`; nothing is changed."""
    found = describe(admin, [spec.name for spec in wanted])
    return [difference for spec in wanted for difference in _differences(spec, found.get(spec.name))]


def describe(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What the cluster says of each topic that it has: its settings in Kafka's words, and `partitions` and `replicas`."""
    there = {topic["name"]: topic["partitions"] for topic in admin.describe_topics(list(names)) if not topic["error_code"]}
    if not there:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
    settings = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {setting: entry["value"] for setting, entry in settings[name].items()}
        | {"partitions": str(len(partitions)), "replicas": str(min(len(partition["replica_nodes"]) for partition in partitions))}
        for name, partitions in there.items()
    }


def _differences(spec: TopicSpec, found: Mapping[str, str] | None) -> Iterator[Drift]:
    if found is None:
        yield Drift(spec.name, "topic", "there", "missing")
        return
    must = {"partitions": str(spec.partitions), "replicas": str(spec.replicas)}
    must |= {name: value for name, value in spec.settings().items() if name in CHECKED}
    for setting, expected in must.items():
        if found[setting] != expected and not (setting in MORE_IS_FINE and int(found[setting]) > int(expected)):
            yield Drift(spec.name, setting, expected, found[setting])
