"""A worker as it is, and beside it a beat on its event loop that says how long the loop was held up; what that means is asked elsewhere."""

import asyncio
import json
import sys
import time

from processor import logs
from processor.domain.partition import Partition
from processor.metrics import Metrics
from processor.policy_file import load_policies
from processor.settings import Settings
from processor.stream.worker import run
from tests.benchmarks.decisions import POLICY

BEAT_S = 0.005
TOLD_MS = 25  # shorter holds are not told


class Watched(Metrics):
    _beat: asyncio.Task[None] | None = None

    def started(self) -> None:
        super().started()
        self._beat = self._beat or asyncio.get_running_loop().create_task(_beat())


async def _beat() -> None:
    while True:
        began = time.time()
        await asyncio.sleep(BEAT_S)
        held = int(1000 * (time.time() - began - BEAT_S))
        if held >= TOLD_MS:
            sys.stdout.write(json.dumps({"held_ms": held, "at_ms": int(1000 * time.time())}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    logs.configure()
    policies = load_policies(POLICY)
    metrics = Watched(policies, "benchmark")
    run(Settings(), lambda number, states, watch: Partition(number, policies, states, watch), metrics, metrics.render)
