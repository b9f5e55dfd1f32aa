"""The embedded broker: a real Kafka without Docker or an installed Java, for trying Handoff out, for one machine, and for tests."""

from processor.stream.broker.cluster import EmbeddedCluster
from processor.stream.broker.errors import AlreadyRunning, BrokerError, NoAnswer
from processor.stream.broker.kafka import EmbeddedKafka, running

__all__ = ["AlreadyRunning", "BrokerError", "EmbeddedCluster", "EmbeddedKafka", "NoAnswer", "running"]
