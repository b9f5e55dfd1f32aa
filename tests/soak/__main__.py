"""`python -m tests.soak`: faults by chance for an hour, while signals come at a pace; exit 1 where anything that came out is wrong.

Now and then nothing happens for a while, so that memory and lag can be looked at. Logs and data stay in the folder that is said first.
"""

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random, randrange
from tempfile import mkdtemp

from kafka import KafkaAdminClient

from processor.stream.broker import EmbeddedKafka
from processor.stream.topics import create, specs
from tests.kafka.exact import assert_exact, assert_right_so_far
from tests.kafka.judging import Changelog
from tests.kafka.load import Load
from tests.kafka.workers import PARTITIONS, commands, until, workers_of
from tests.soak.team import Team
from tests.soak.vitals import Vitals

RATE = 40.0  # signals a second: what is judged at the end is kept in memory
JUDGE_EVERY_S, LOOK_EVERY_S = 240.0, 5.0
CALM_S = 20.0
SHARE_OF_CALM = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Faults by chance, and whether what comes out is exact.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--rate", type=float, default=RATE, help="signals a second")
    arguments = parser.parse_args()
    seed = randrange(1_000_000) if arguments.seed is None else arguments.seed
    folder = Path(mkdtemp(prefix="handoff-soak-"))
    os.environ["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1"
    say(0.0, f"seed {seed}, logs and data in {folder}")
    with EmbeddedKafka(folder / "broker", 0) as broker, workers_of(broker, folder) as workers:
        with KafkaAdminClient(bootstrap_servers=broker.address) as admin:
            create(admin, specs(PARTITIONS, 1, workers.app, "broker"))
        soak = Soak(folder, Team(broker, workers, Random(seed)), Random(seed + 1), arguments.minutes * 60)
        sys.exit(soak.run(workers.app, Load(broker.address, Random(seed + 2), arguments.rate)))


class Soak:
    def __init__(self, folder: Path, team: Team, chance: Random, seconds: float) -> None:
        self._folder, self._team, self._chance, self._seconds = folder, team, chance, seconds
        self._handoff = commands(team.broker, folder / "data")
        self._began, self._looked = time.monotonic(), 0.0
        self.vitals, self.faults = Vitals(), Counter[str]()

    def run(self, app: str, load: Load) -> int:
        """The exit code."""
        judged = 0.0
        with Changelog(self._team.broker, app) as changelog:
            with load.running():
                while self._at() < self._seconds:
                    self._calm(changelog) if self._chance.random() < SHARE_OF_CALM else self._disturb()
                    load.require_going_on()
                    if self._at() - judged > JUDGE_EVERY_S:
                        assert_right_so_far(self._team.broker, self._handoff, app, self._folder)
                        say(self._at(), "right so far")
                        judged = self._at()
            self._team.tend(15)
            until(lambda: self._team.tend() and changelog.share() == 1, "everything applied", 180)
        self._team.end()
        verdict = assert_exact(self._team.broker, self._handoff, app, self._folder)
        say(self._at(), f"exact: {verdict} of {load.sent} sent, {self._team.deaths} workers died or were ended")
        for name, count in sorted(self.faults.items()):
            say(self._at(), f"  {count} x {name}")
        for line in self.vitals.shown():
            say(self._at(), line)
        findings = self.vitals.findings()
        for finding in findings:
            say(self._at(), f"FINDING: {finding}")
        return len(findings) > 0

    def _at(self) -> float:
        return time.monotonic() - self._began

    def _disturb(self) -> None:
        fault = self._team.fault()
        self.faults[fault.rsplit(" ", 1)[0]] += 1
        say(self._at(), fault)
        self._watch(self._chance.uniform(0, 12))

    def _calm(self, changelog: Changelog) -> None:
        self._watch(CALM_S)
        ends = changelog.ends()
        behind = sum(max(0, ends[place] - offset) for place, offset in changelog.read().applied().items())
        self.vitals.lags.append((self._at(), behind))
        say(self._at(), f"calm, {behind} records behind")
        self._watch(CALM_S)

    def _watch(self, seconds: float) -> None:
        end = self._at() + seconds
        while self._at() < end:
            self._team.tend(min(1.0, max(0.0, end - self._at())))
            if self._at() - self._looked > LOOK_EVERY_S:
                self._looked = self._at()
                self.vitals.look(self._looked, self._team.members)


def say(at: float, words: str) -> None:
    sys.stdout.write(f"{at:7.1f} {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
