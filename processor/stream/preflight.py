"""What must be true of the topics before a worker starts; whoever finds otherwise is told what to do, and nothing is changed."""

from collections.abc import Sequence

from kafka import KafkaAdminClient

from processor.settings import Settings
from processor.stream.connection import connection
from processor.stream.topics import Drift, drift, specs

# Without these no decision would be right; of the rest `handoff topics` warns.
NEEDED = frozenset({"topic", "partitions", "message.timestamp.type", "cleanup.policy"})


class UnfitTopics(Exception):
    """The cluster's topics and the settings contradict each other."""

    def __init__(self, found: list[Drift]) -> None:
        super().__init__(found)
        self.found = found

    def __str__(self) -> str:
        return "\n".join(_sentence([each.topic for each in alike], alike[0]) for alike in together(self.found))


def check(settings: Settings) -> None:
    """Raises UnfitTopics; and KafkaError where nobody answers, which a new start may cure."""
    # Its pause after a refusal would grow to half a minute.
    admin = KafkaAdminClient(**connection(settings.broker), reconnect_backoff_max_ms=1000)
    try:
        found = drift(admin, specs(partitions=settings.partitions, app=settings.app, timestamps=settings.time))
    finally:
        admin.close()
    if unfit := [difference for difference in found if difference.setting in NEEDED]:
        raise UnfitTopics(unfit)


def together(found: Sequence[Drift]) -> list[list[Drift]]:
    """Topics that differ alike, and about which the same is to be done: one sentence is enough for them."""
    alike: dict[tuple[str, ...], list[Drift]] = {}
    for each in found:
        alike.setdefault((*each[1:], remedy(each)), []).append(each)
    return list(alike.values())


def _sentence(topics: Sequence[str], difference: Drift) -> str:
    _, setting, expected, found = difference
    who = f"topic {topics[0]}" if len(topics) == 1 else f"topics {', '.join(topics)}"
    if setting == "topic":
        return f"{who} {'is' if len(topics) == 1 else 'are'} missing; {remedy(difference)}"
    what = f"{found} partitions" if setting == "partitions" else f"{setting}={found}"
    return f"{who} {'has' if len(topics) == 1 else 'have'} {what}, expected {expected}: {remedy(difference)}"


def remedy(difference: Drift) -> str:
    """What whoever finds it should do about it."""
    topic, setting, expected, found = difference
    match setting:
        case "topic":
            return "create it: handoff topics create"
        case "partitions":
            return (
                f"if the data was written with {found}, start with HANDOFF_PARTITIONS={found}; if the topic was grown, or another number "
                "is wanted: a lead's partition follows from it, so the signals must move to new topics; the README says how, at 'Another "
                "number of partitions'"
            )
        case "replicas":
            return "give it more copies with kafka-reassign-partitions.sh"
        case "message.timestamp.type":
            other = "records" if found == "CreateTime" else "broker"
            return f"set it so with kafka-configs.sh, or start the worker with --time {other}"
        case _:
            return f"kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config {setting}={expected}"
