"""What must be true of the topics before a worker starts; whoever finds otherwise is told what to do, and nothing is changed."""

from kafka import KafkaAdminClient

from processor.settings import Settings
from processor.stream.topics import Drift, drift, specs

# Without these no decision would be right; of the rest `handoff topics` warns.
NEEDED = frozenset({"topic", "partitions", "message.timestamp.type", "cleanup.policy"})


class UnfitTopics(Exception):
    """The cluster's topics and the settings contradict each other."""

    def __init__(self, found: list[Drift]) -> None:
        super().__init__(found)
        self.found = found

    def __str__(self) -> str:
        return "\n".join(_sentence(difference) for difference in self.found)


def check(settings: Settings) -> None:
    """Raises UnfitTopics; and KafkaError where nobody answers, which a new start may cure."""
    # Its pause after a refusal would grow to half a minute.
    admin = KafkaAdminClient(bootstrap_servers=settings.broker, reconnect_backoff_max_ms=1000)
    try:
        found = drift(admin, specs(partitions=settings.partitions, app=settings.app, timestamps=settings.time))
    finally:
        admin.close()
    if unfit := [difference for difference in found if difference.setting in NEEDED]:
        raise UnfitTopics(unfit)


def _sentence(difference: Drift) -> str:
    topic, setting, expected, found = difference
    match setting:
        case "topic":
            return f"topic {topic} is missing; create it: handoff topics create"
        case "partitions":
            return (
                f"topic {topic} has {found} partitions, expected {expected} (HANDOFF_PARTITIONS, for every topic): set the number that the "
                "data was written with; to change it, publish the inputs to new topics and start under another HANDOFF_APP"
            )
        case "message.timestamp.type":
            other = "records" if found == "CreateTime" else "broker"
            return f"topic {topic} has {setting}={found}, expected {expected}: set it so, or start the worker with --time {other}"
        case _:
            return f"topic {topic} has {setting}={found}, expected {expected}: set it so with kafka-configs.sh"
