"""What the doctor asks Kafka's admin interface: rights, the group, how far partitions are, which transactions stay open."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    TransactionalIdNotFoundError,
)

from processor.settings import Settings
from processor.stream.doctor.facts import Group, Member, Missing, Open, Reached
from processor.stream.topics import TopicSpec

WORKERS_NEED = {
    "in": {"READ": "read the signals"},
    "out": {"WRITE": "publish"},
    "dead letters": {"WRITE": "publish"},
    "changelog": {"READ": "restore the leads", "WRITE": "keep the leads"},
}
"""By a topic's role: the operations, and what for."""
EVERYWHERE = {"DESCRIBE": "see the topic", "DESCRIBE_CONFIGS": "check the topic's settings"}
IN_WORDS = {"READ": "Read", "WRITE": "Write", "DESCRIBE": "Describe", "DESCRIBE_CONFIGS": "DescribeConfigs"}
NO_SUCH_GROUP = "GroupIdNotFoundError"
LOOK_S, LOOK_EVERY_S = 3.0, 0.25
SETTLE_S = 5.0
RESTLESS = frozenset({"PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling"})


class Rights(NamedTuple):
    missing: tuple[Missing, ...]
    hidden: frozenset[str]
    """Topics whose settings this client may not see."""
    group_hidden: bool


NOTHING_KNOWN = Rights((), frozenset(), group_hidden=False)


def rights(admin: KafkaAdminClient, settings: Settings, wanted: Sequence[TopicSpec]) -> Rights:
    """What a worker needs and this client has not. Brokers without an authorizer allow everything.

    Of a topic that is not there nothing is known: what it will need shows once it is.
    """
    roles = {spec.name: spec.role for spec in wanted}
    missing, hidden = [], set()
    for topic in admin.describe_topics(list(roles)):
        name, code = topic["name"], topic["error_code"]
        if code not in {0, TopicAuthorizationFailedError.errno}:
            continue
        needed = EVERYWHERE | WORKERS_NEED[roles[name]]
        # Where it may not even be seen, the other rights are not known yet.
        has = set(needed) - {"DESCRIBE"} if code else set(topic["authorized_operations"] or ())
        missing += [Missing("Topic", name, IN_WORDS[each], needed_to) for each, needed_to in needed.items() if each not in has]
        if not has >= set(EVERYWHERE):
            hidden.add(name)
    on_group = list(_on_group(admin, settings.app))
    group_hidden = any(each.operation == "Describe" for each in on_group)
    return Rights((*missing, *on_group, *_on_transactions(admin, settings)), frozenset(hidden), group_hidden)


def on_own_topic(admin: KafkaAdminClient, name: str, needed_to: str) -> list[Missing]:
    """The topic, just made, has leaders; or it is said what this client may not do with it."""
    [topic] = admin.describe_topics([name])
    if topic["error_code"] == TopicAuthorizationFailedError.errno:
        return [Missing("Topic", name, "Describe", needed_to)]
    admin.wait_for_topics([name])
    [topic] = admin.describe_topics([name])
    has = set(topic["authorized_operations"] or ())
    return [Missing("Topic", name, IN_WORDS[each], needed_to) for each in ("READ", "WRITE") if each not in has]


def _on_group(admin: KafkaAdminClient, app: str) -> Iterator[Missing]:
    try:
        found = _group(admin, app)
    except GroupAuthorizationFailedError:
        has = {"READ"}  # which is not known before the group may be seen
    else:
        if NO_SUCH_GROUP in (found["error"] or ""):
            return  # nothing is told of it; the first worker's start will show it
        has = set(found["authorized_operations"] or ())
    for each in ("READ", "DESCRIBE"):
        if each not in has:
            yield Missing("Group", app, IN_WORDS[each], "share the partitions")


def _on_transactions(admin: KafkaAdminClient, settings: Settings) -> Iterator[Missing]:
    """Asked is only whether they may be described, which Write includes: to begin a transaction would fence a worker."""
    for number in range(settings.partitions):
        name = f"{settings.app}-{number}"
        try:
            admin.describe_transactions([name])
        except TransactionalIdAuthorizationFailedError:
            yield Missing("TransactionalId", name, "Write", "commit what is decided")
        except TransactionalIdNotFoundError:
            pass  # nobody has worked on this partition yet


def group(admin: KafkaAdminClient, app: str) -> Group:
    """The workers' group; while it rebalances it is asked again, for some seconds."""
    end = time.monotonic() + SETTLE_S
    while (found := _group(admin, app))["group_state"] in RESTLESS and time.monotonic() < end:
        time.sleep(LOOK_EVERY_S)
    members = tuple(
        Member(each["member_id"], each["group_instance_id"], each["client_host"].lstrip("/"), _assigned(each["member_assignment"]))
        for each in found["members"]
    )
    return Group(app, found["group_state"], members)


def _group(admin: KafkaAdminClient, app: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = admin.describe_groups([app])[app]
    return found


def _assigned(assignment: Any) -> frozenset[tuple[str, int]]:
    """Nothing, where it is not in Kafka's own words."""
    if not isinstance(assignment, Mapping):
        return frozenset()
    return frozenset((topic["topic"], number) for topic in assignment["assigned_partitions"] for number in topic["partitions"])


def reached(admin: KafkaAdminClient, app: str | None, there: Sequence[TopicSpec]) -> list[Reached]:
    """Every partition of the topics, which are there; what the app's group has applied is known of inputs only."""
    counts = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics([spec.name for spec in there])} if there else {}
    tps = [TopicPartition(spec.name, number) for spec in there for number in range(counts[spec.name])]
    inputs = [tp for tp in tps for spec in there if spec.name == tp.topic and spec.role == "in"]
    committed = admin.list_group_offsets({app: inputs})[app] if app and inputs else {}
    applied = {tp: found.offset for tp, found in committed.items() if found.offset >= 0}
    begin, stable, end = _offsets(admin, tps)
    return [Reached(tp.topic, tp.partition, begin[tp], stable[tp], end[tp], applied.get(tp)) for tp in tps]


def hanging(admin: KafkaAdminClient, found: Sequence[Reached]) -> list[Open]:
    """Where a transaction was open when `found` was, and still is after some seconds; most end while one looks."""
    began = time.monotonic()
    waiting = {TopicPartition(each.topic, each.partition): each for each in found if each.stable < each.end}
    while waiting and time.monotonic() < began + LOOK_S:
        time.sleep(LOOK_EVERY_S)
        _, stable, _ = _offsets(admin, list(waiting))
        waiting = {tp: each for tp, each in waiting.items() if stable[tp] == each.stable}
    if not waiting:
        return []
    looked = time.monotonic() - began
    said = admin.describe_producers(list(waiting))
    return [Open(tp.topic, tp.partition, each.stable, looked, tuple(_producers(said[tp]))) for tp, each in waiting.items()]


def _producers(said: Any) -> Iterator[str]:
    for each in said.active_producers:
        if each.current_transaction_start_offset >= 0:
            yield f"producer {each.producer_id}, epoch {each.producer_epoch}"


def _offsets(admin: KafkaAdminClient, tps: Sequence[TopicPartition]) -> Sequence[Mapping[TopicPartition, int]]:
    """Where each begins, where it ends for `read_committed`, where it ends; the end is asked last, so it is never before the others."""
    asked = (
        (OffsetSpec.EARLIEST, "read_uncommitted"),
        (OffsetSpec.LATEST, "read_committed"),
        (OffsetSpec.LATEST, "read_uncommitted"),
    )
    answers = [admin.list_partition_offsets(dict.fromkeys(tps, which), level) if tps else {} for which, level in asked]
    return [{tp: found.offset for tp, found in answer.items()} for answer in answers]
