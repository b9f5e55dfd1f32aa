"""Workers and a broker, and what may happen to them by chance; whoever has ended is started again. What came of it is judged elsewhere."""

import os
import signal
import time
from collections.abc import Callable
from random import Random
from typing import get_args

from processor.stream.broker import EmbeddedKafka
from tests.kafka.killing import Point
from tests.kafka.workers import DIED, SECONDS_POLICY, Worker, Workers, until

NAMES = ("a", "b")
BYSTANDER = "c"  # nothing is done to it, only around it: its one long life shows whether memory is flat
SHARE_OF_LONG = 0.2  # of what may last: a minute or more, as the worst of days
MAY_END_WITH = (0, DIED, -signal.SIGKILL, -signal.SIGTERM)


class Team:
    """Three static members, and guests without names."""

    def __init__(self, broker: EmbeddedKafka, workers: Workers, chance: Random) -> None:
        self.broker, self._workers, self._chance = broker, workers, chance
        self.members = {name: self._started(name) for name in (*NAMES, BYSTANDER)}
        self.deaths = 0

    def tend(self, seconds: float = 0.0) -> bool:
        """For so long. Answers that nobody is missing; AssertionError where a worker has ended in a way that it may not."""
        end = time.monotonic() + seconds
        while True:
            for name, worker in self.members.items():
                code = worker.process.poll()
                if code is not None:
                    assert code in MAY_END_WITH, f"{name} ended with {code}, see {worker.log}"
                    self.deaths += 1
                    self.members[name] = self._started(name)
            if time.monotonic() >= end:
                return True
            time.sleep(0.1)

    def end(self) -> None:
        for worker in self.members.values():
            worker.process.terminate()
        for worker in self.members.values():
            assert worker.process.wait(30) in MAY_END_WITH, f"see {worker.log}"

    def fault(self) -> str:
        """One of them, by chance; what it was."""
        fault = self._chance.choice(FAULTS)
        name = self._chance.choice(NAMES)
        fault(self, name)
        return f"{fault.__name__.strip('_').replace('_', ' ')} {name}"

    def _started(self, name: str | None, **options: str) -> Worker:
        return self._workers.start(SECONDS_POLICY, time="broker", name=name, **options)

    def _kill(self, name: str) -> None:
        self.members[name].process.kill()
        self.tend(1)

    def _kill_in_a_commit(self, name: str) -> None:
        point = self._chance.choice(get_args(Point))
        self._replace(name, f"from tests.kafka.killing import work_until; work_until({point!r})")
        self.tend(8)

    def _step_the_clock_of(self, name: str) -> None:
        self._hamper(name, "work_with_a_clock_that_steps()")

    def _slow_the_broker_for(self, name: str) -> None:
        self._hamper(name, f"work_with_a_slow_broker({self._chance.uniform(0.05, 0.5)})")

    def _terminate(self, name: str) -> None:
        self.members[name].process.terminate()
        self.tend(4)

    def _freeze_past_the_session(self, name: str) -> None:
        self._freeze(self.members[name].process.pid, self._seldom(90, else_=10))

    def _freeze_shortly(self, name: str) -> None:
        self._freeze(self.members[name].process.pid, self._chance.uniform(0.2, 3))

    def _guests_beside(self, name: str) -> None:  # noqa: ARG002
        for _ in range(int(self._seldom(15, else_=self._chance.randint(1, 3)))):
            guest = self._begun(None)
            self.tend(self._chance.uniform(0, 4))
            guest.process.send_signal(self._chance.choice((signal.SIGTERM, signal.SIGKILL)))
            assert guest.process.wait(30) in MAY_END_WITH, f"see {guest.log}"

    def _rival_of(self, name: str) -> None:
        rival = self._begun(name)
        self.tend(self._chance.uniform(0, 6))
        rival.process.kill()
        rival.process.wait()

    def _falter_broker_beside(self, name: str) -> None:  # noqa: ARG002
        for _ in range(3):
            self._freeze(self.broker.pid, 0.7)
            self.tend(0.7)

    def _restart_broker_beside(self, _: str) -> None:
        self.broker.stop()
        self.tend(self._seldom(60, else_=self._chance.uniform(0, 12)))
        self.broker.start()
        self.tend(4)

    def _begun(self, name: str | None) -> Worker:
        """One more: it is about to join, or has ended again."""
        worker = self._started(name)
        until(lambda: self.tend() and (worker.said("worker starts") or worker.process.poll()), f"a start, see {worker.log}", 60)
        return worker

    def _hamper(self, name: str, what: str) -> None:
        """And end it, whatever has become of it."""
        self._replace(name, f"from tests.kafka import hampering; hampering.{what}")
        self.tend(self._chance.uniform(10, 20))
        self._terminate(name)

    def _replace(self, name: str, program: str) -> None:
        self.members[name].process.kill()
        self.members[name].process.wait()
        self.members[name] = self._started(name, program=program)

    def _seldom(self, long: float, *, else_: float) -> float:
        return long if self._chance.random() < SHARE_OF_LONG else else_

    def _freeze(self, pid: int, seconds: float) -> None:
        os.kill(pid, signal.SIGSTOP)
        self.tend(seconds)
        os.kill(pid, signal.SIGCONT)


FAULTS: tuple[Callable[[Team, str], None], ...] = (
    Team._kill,
    Team._kill_in_a_commit,
    Team._step_the_clock_of,
    Team._slow_the_broker_for,
    Team._terminate,
    Team._freeze_past_the_session,
    Team._freeze_shortly,
    Team._guests_beside,
    Team._rival_of,
    Team._falter_broker_beside,
    Team._restart_broker_beside,
)
