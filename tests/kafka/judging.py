"""What is right of a worker's topics, found without its shell: their own readers, the log's order sorted anew, the core over it."""

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from pydantic_core import to_json

from processor.domain.partition import Partition
from processor.policy_file import load_policies
from processor.stream.broker import EmbeddedKafka
from processor.stream.leads import APPLIED, Part
from schemas.cloudevents import decode_line
from schemas.events import DEAD_LETTERS, EVENTS
from schemas.instants import Instant
from schemas.signals import CRM, MARKETING, SIGNALS
from tests.kafka.workers import PARTITIONS, until

INPUTS = (MARKETING, CRM)
OUTPUTS = tuple(sorted({topic for topic, _ in EVENTS.values()}))
