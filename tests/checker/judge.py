"""Judges a run by its inputs, its outputs and the policy directory; what the rules are stands in the modules beside this one.

It shares no code with the processor: nothing of `processor` or `schemas` is imported here. What real workers did is judged by

    handoff tail marketing.events.v1 crm.events.v1 --from-beginning --until-end --json > inputs.jsonl
    handoff tail handoff.mql.v1 handoff.escalations.v1 handoff.returns.v1 handoff.nurture.v1 handoff.lifecycle.v1 \
        handoff.dead-letters.v1 --from-beginning --until-end --json > outputs.jsonl
    python -m tests.checker inputs.jsonl outputs.jsonl --policy policies --until 2026-10-16T17:00:00Z

with the inputs tailed first, then, when the workers have applied them all, the outputs; `--until` is an instant by which that was so.
All partitions are needed, each from offset 0: `-` of the inputs is in every one of them, and how many there are is seen by that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.checker.cases import Case
from tests.checker.conservation import check_conservation
from tests.checker.handoffs import check_beginnings, check_handoff, check_unheard
from tests.checker.history import History, read_lines, read_tailed
from tests.checker.identities import check_identities
from tests.checker.ladders import check_ladder
from tests.checker.leads import check_one_open, check_silence, check_stages
from tests.checker.openings import check_openings, check_pauses_and_restarts
from tests.checker.policies import read_policies
from tests.checker.records import TOPICS
from tests.checker.returns import check_returns
from tests.checker.run import Run, Violation
from tests.checker.said import Told, read_told
from tests.checker.stories import check_story
from tests.checker.tailed import rows, were_tailed
from tests.checker.verdicts import check_verdicts
from tests.checker.watch import check_watch


def judge_replay(lines: Iterable[bytes], said: Iterable[bytes], policy: Path, until: int | None = None) -> list[Violation]:
    """A replay: one partition, decided up to the last line's logged or to `until`, and no further."""
    return list(violations(_replayed(lines, said, policy, until)))


def judge_files(inputs: Path, outputs: Path, policy: Path, until: int | None = None) -> list[Violation]:
    """As `run_of_files` reads them. How much there was to judge, `Run.judged` says: nothing is wrong with nothing."""
    return list(violations(run_of_files(inputs, outputs, policy, until)))


def run_of_files(inputs: Path, outputs: Path, policy: Path, until: int | None = None) -> Run:
    """A file and its replay; or, where the outputs say their offsets, what `handoff tail --json` printed of both sides' topics.

    `until`: as given to the replay; of topics, the latest instant up to which anything can have been decided (default: that of each
    partition's last record). All before a partition's last record must have been decided. Raises WrongLine.
    """
    lines, said = inputs.read_bytes().splitlines(), outputs.read_bytes().splitlines()
    if not were_tailed(said or lines):
        return _replayed(lines, said, policy, until)
    told = read_told(line for _, line in rows(said, "outputs", TOPICS))
    history = read_tailed(rows(lines, "inputs", TOPICS), read_policies(policy), told.dead_letters)
    return _live(history, told, until)


def _replayed(lines: Iterable[bytes], said: Iterable[bytes], policy: Path, until: int | None) -> Run:
    history = read_lines(lines, read_policies(policy), until)
    end = until if until is not None else history.last_logged().get(0, -1)
    return Run(history, read_told(said), {0: end}, {0: end})


def _live(history: History, told: Told, now: int | None) -> Run:
    decided = history.last_logged()
    # At the last instant itself deadlines wait for the proof that nothing more was logged at it.
    surely = {partition: at - 1 for partition, at in decided.items()}
    return Run(history, told, surely, {partition: at if now is None else now for partition, at in decided.items()})


def violations(run: Run) -> Iterator[Violation]:
    yield from check_identities(run)
    yield from check_conservation(run)
    yield from check_watch(run)
    cases_of: dict[str, list[Case]] = defaultdict(list)
    for case in run.cases:
        cases_of[case.lead.id].append(case)
    for lead in run.leads.values():
        cases = cases_of[lead.id]
        yield from check_stages(lead, run)
        yield from check_silence(lead, run)
        yield from check_beginnings(lead, cases, run)
        yield from check_one_open(cases)
    for name, heard in run.heard.items():
        if name not in run.leads:
            yield from check_unheard(name, heard, run)
    for case in run.cases:
        yield from check_handoff(case, run)
        yield from check_openings(case)
        yield from check_returns(case, run)
        for clock in case.cycle.clocks.values():
            duty = case.version.duties.get(clock.name)
            if duty is not None:
                yield from check_story(case, clock, duty, run)
                yield from check_verdicts(case, clock, duty, run)
                yield from check_ladder(case, clock, duty, run)
                yield from check_pauses_and_restarts(case, clock)


def differences(one: Iterable[bytes], other: Iterable[bytes]) -> list[Violation]:
    """I11: two runs over the same inputs say the same, by id and bytes; in whatever order a reader met it."""
    first, second = ({(said.type, said.id): said for said in read_told(lines).events} for lines in (one, other))
    rule = "I11: replaying the log gives the same ids and bytes"
    found = [Violation(rule, "only one run says it", said.lead, said.id) for name, said in first.items() if name not in second]
    found += [Violation(rule, "only the other run says it", said.lead, said.id) for name, said in second.items() if name not in first]
    both = [(first[name], second[name]) for name in first.keys() & second.keys()]
    return found + [Violation(rule, "other bytes in the other run", a.lead, a.id) for a, b in both if a.raw != b.raw]
