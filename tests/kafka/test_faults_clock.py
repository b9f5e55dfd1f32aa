"""A worker whose clock is an hour ahead from its start: does it accuse anybody?"""

from collections.abc import Callable

import pytest

from processor.stream.broker import EmbeddedKafka
from tests.kafka.judging import published
from tests.kafka.telling import demo_request, tell
from tests.kafka.workers import DIED, PARTITIONS, SECONDS_POLICY, Workers


@pytest.mark.slow
def test_a_worker_whose_clock_is_ahead_of_the_brokers_decides_nothing(
    broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers
):
    our_topics(PARTITIONS, "broker", workers.app)
    tell(broker, [demo_request("lead")])
    worker = workers.start(SECONDS_POLICY, time="broker", program="from tests.kafka import hampering; hampering.work_with_a_clock_ahead()")
    assert worker.process.wait(20) == DIED
    assert "ahead of the broker's" in worker.said("the worker dies")[0]["why"]
    assert published(broker) == []
