"""A supervisor asks a worker whether it is alive: can it tell one that hangs from one that has nothing to do?"""

import time
from collections.abc import Callable

import pytest

from processor.stream.broker import EmbeddedKafka
from tests.kafka.hanging import COMMITS, STUCK_S
from tests.kafka.telling import demo_request, leads_of, tell
from tests.kafka.workers import PARTITIONS, Workers, until

PROGRAM = "from tests.kafka.hanging import work_until_commits_hang; work_until_commits_hang()"


@pytest.mark.slow
def test_a_worker_that_hangs_is_not_alive_and_one_without_work_is(broker: EmbeddedKafka, our_topics: Callable[..., None], workers: Workers):
    our_topics(PARTITIONS, "broker", workers.app)
    worker = workers.start(time="broker", name="a", program=PROGRAM).await_ready()
    time.sleep(2 * STUCK_S)
    assert worker.asked("/livez")[0] == 200, "it has nothing to do"
    leads = leads_of(0)
    for _ in range(COMMITS + 2):  # each is a transaction; the last ones wait behind the one that hangs
        tell(broker, [demo_request(next(leads))])
    until(lambda: worker.asked("/livez")[0] == 503, "the answer that it hangs")
    assert worker.asked("/livez")[1].startswith("what is to be decided has waited for")
    assert worker.process.poll() is None
