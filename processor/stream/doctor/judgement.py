"""What the doctor thinks of what was found: pure, from a chart to findings, each with what to do; it asks nobody."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import NamedTuple

from processor.settings import Settings
from processor.stream.doctor.facts import NEWER, Ahead, Chart, Fence, Group, Missing, Reached
from processor.stream.preflight import remedy, together
from processor.stream.topics import TOPICS

INPUTS = frozenset(topic.name for topic in TOPICS if topic.role == "in")
OLDEST = (3, 8)  # with which Handoff's transactions were thought through
FENCED = frozenset({"ProducerFenced", "InvalidProducerEpoch"})
"""aiokafka's words; any other refusal would not come every time."""
SHOWN = 5


class Finding(NamedTuple):
    """What is as it must be needs nothing to be done."""

    check: str
    found: str
    expected: str
    do: str = ""

    @property
    def good(self) -> bool:
        return not self.do


def judge(chart: Chart, settings: Settings) -> list[Finding]:
    """In the order of what is worst to have wrong."""
    return [
        *_fencing(chart.fence),
        *_brokers(chart.versions),
        *_topics(chart),
        *_clocks(chart.clocks, settings),
        *_rights(chart.missing),
        *_group(chart.group, chart.reached),
        *_lag(chart.group, chart.reached),
        *_transactions(chart),
        *_not_seen(chart),
    ]


ACL_OPTION = {"Topic": "--topic", "Group": "--group", "TransactionalId": "--transactional-id"}


def _fencing(fence: Fence | None) -> Iterator[Finding]:
    """Nothing where it was not tried: why, is said elsewhere."""
    if fence is None:
        return
    expected = "the older owner's write and commit refused as fenced; a read_committed reader sees only the newer's record"
    wrong = [
        f"the older owner's {deed} {_accepted(error)}"
        for deed, error in (("write", fence.write), ("commit", fence.commit))
        if error not in FENCED
    ]
    if fence.read != (NEWER,):
        wrong.append(f"a read_committed reader saw {list(fence.read)}")
    if wrong:
        do = (
            "run no worker here: after a freeze or a network's parting two could write, and events come twice or get lost. Handoff needs a "
            "Kafka that honours transactional ids (Apache Kafka 3.8 or later)"
        )
        yield Finding("fencing", "; ".join(wrong), expected, do)
    else:
        yield Finding("fencing", f"the older owner's write was refused ({fence.write}), its commit too ({fence.commit})", expected)


def _accepted(error: str | None) -> str:
    return "was accepted" if error is None else f"was refused with {error}"


def _brokers(versions: dict[int, tuple[int, ...]]) -> Iterator[Finding]:
    by_version = defaultdict(list)
    for broker, version in versions.items():
        by_version[version].append(broker)
    found = ", ".join(f"Kafka {_dotted(version)} ({_some('broker', by_version[version])})" for version in sorted(by_version))
    good = bool(versions) and min(versions.values()) >= OLDEST
    do = "" if good else "bring the brokers up to date: what Handoff does with transactions was never tried on older ones"
    yield Finding("brokers", found or "none", f"Kafka {_dotted(OLDEST)} or later", do)


def _topics(chart: Chart) -> Iterator[Finding]:
    for alike in together(chart.drift):
        first, topics = alike[0], _list([each.topic for each in alike])
        found = f"missing: {topics}" if first.setting == "topic" else f"{first.setting}={first.found} of {topics}"
        yield Finding("topics", found, first.expected, remedy(first))
    if not chart.drift and chart.reached:
        count = len({each.topic for each in chart.reached})
        yield Finding("topics", f"{count} with {len(chart.reached)} partitions", "as handoff topics makes them")


def _clocks(clocks: tuple[Ahead, ...], settings: Settings) -> Iterator[Finding]:
    for each in clocks:
        found = f"broker {each.broker}'s clock is {_between(each.low, each.high)} ahead of this machine's"
        expected = f"within {settings.guard_ms} ms (HANDOFF_GUARD_MS)"
        if -each.low > settings.guard_ms:
            do = (
                "set this machine's clock right (NTP), or raise HANDOFF_GUARD_MS: with a clock ahead a worker could call a breach too early"
            )
            yield Finding("clocks", found, expected, do)
        elif each.high > settings.guard_ms:
            do = "set this machine's clock right (NTP): at rest deadlines are noticed late by as much"
            yield Finding("clocks", found, expected, do)
        else:
            yield Finding("clocks", found, expected)
    if len(clocks) > 1:
        most, first, other = max(((a.high - b.low, a, b) for a in clocks for b in clocks if a is not b), key=lambda pair: pair[0])
        found = f"brokers {first.broker} and {other.broker} differ by {_between(first.low - other.high, most)}"
        good = most <= settings.skew_ms
        do = (
            ""
            if good
            else f"set HANDOFF_SKEW_MS to {ceil(most)} or more, with room for what the clocks drift: it keeps the topics in order"
        )
        yield Finding("clocks", found, f"within {settings.skew_ms:g} ms (HANDOFF_SKEW_MS)", do)


def _rights(missing: tuple[Missing, ...]) -> Iterator[Finding]:
    """One operation on things of one kind, for one purpose, is one finding."""
    alike = defaultdict(list)
    for each in missing:
        alike[each.kind, each.operation, each.needed_to].append(each.name)
    for (kind, operation, needed_to), names in alike.items():
        option = ACL_OPTION[kind]
        do = f"kafka-acls.sh --add --allow-principal User:… --operation {operation} {' '.join(f'{option} {name}' for name in names)}"
        yield Finding("rights", f"no {operation} on {kind} {_list(names)}", f"{operation}, to {needed_to}", do)
    if not missing:
        yield Finding("rights", "all that a worker needs", "Read, Write, Describe, DescribeConfigs on its own")


def _group(group: Group | None, reached: tuple[Reached, ...]) -> Iterator[Finding]:
    if group is None:
        return
    expected = "every partition of the inputs with one worker, and no static name that is empty"
    wrong = []
    if nameless := [member.host for member in group.members if member.instance == ""]:
        do = "unset HANDOFF_INSTANCE where it is empty: workers with the same empty name expel each other for ever"
        wrong.append(Finding("group", f"an empty static name: {_some('worker', nameless)}", expected, do))
    if group.members and group.state != "Stable":
        do = "ask again; where it stays so, workers come and go: see their logs, and /readyz"
        wrong.append(Finding("group", f"{group.name} is in {group.state}", expected, do))
    elif group.members and (unread := _unread(group, reached)):
        do = "see the workers' logs: one that dies at once, or topics with more partitions than HANDOFF_PARTITIONS says"
        wrong.append(Finding("group", f"nobody reads {_list(unread)}", expected, do))
    yield from wrong
    if not wrong:
        names = [member.instance or "no static name" for member in group.members]
        yield Finding("group", f"{group.name}: {_some('worker', names) if names else 'no worker runs'}", expected)


def _unread(group: Group, reached: tuple[Reached, ...]) -> list[str]:
    read = {pair for member in group.members for pair in member.partitions}
    return [f"{each.topic}/{each.partition}" for each in reached if each.topic in INPUTS and (each.topic, each.partition) not in read]


def _lag(group: Group | None, reached: tuple[Reached, ...]) -> Iterator[Finding]:
    inputs = [each for each in reached if each.topic in INPUTS]
    expected = "what was applied lies in the log, and somebody applies the rest"
    wrong = []
    for each in inputs:
        if each.applied is None or each.begin <= each.applied <= each.end:
            continue
        found = f"{each.topic}/{each.partition} was applied up to {each.applied}, and the log has {each.begin} to {each.end}"
        if each.applied < each.begin:
            do = "retention took records before they were read: keep inputs longer, and apply what is left under another HANDOFF_APP"
        else:
            do = "the topic was made anew, which the leads' state does not know: start under another HANDOFF_APP"
        wrong.append(Finding("lag", found, expected, do))
    waiting = sorted((each for each in inputs if each.lag), key=lambda each: -each.lag)
    shown = _list([f"{each.topic}/{each.partition}: {each.lag}" for each in waiting])
    found = f"{sum(each.lag for each in waiting)} records wait ({shown})" if waiting else "nothing waits"
    if waiting and group and not group.members:
        wrong.append(Finding("lag", f"{found}, and no worker runs", expected, "start one: handoff worker"))
    yield from wrong
    if inputs and not wrong:
        yield Finding("lag", found, expected)


def _transactions(chart: Chart) -> Iterator[Finding]:
    expected = "every transaction ends soon: what lies behind an open one no reader sees"
    for each in chart.open:
        who = f" ({', '.join(each.producers)})" if each.producers else ""
        found = f"{each.topic}/{each.partition} has one open at offset {each.since} for at least {each.looked_s:.0f} s{who}"
        do = (
            "if it is another system's, end it there; that of a worker that is gone ends with the next worker's start; else "
            f"kafka-transactions.sh abort --topic {each.topic} --partition {each.partition} --start-offset {each.since}"
        )
        yield Finding("transactions", found, expected, do)
    if chart.reached and not chart.open:
        yield Finding("transactions", "none stays open", expected)


def _not_seen(chart: Chart) -> Iterator[Finding]:
    for what, why in chart.refused:
        yield Finding("not seen", f"{what}: {why}", "an answer", "see to what Kafka says, then ask again; of this nothing is known")
    if chart.left:
        do = f"have it deleted by somebody who may: kafka-topics.sh --delete --topic {chart.left}"
        yield Finding("left behind", f"the doctor's own topic {chart.left}, which it may not delete", "nothing", do)


def _between(low: float, high: float) -> str:
    return f"{floor(low)} to {ceil(high)} ms"


def _some(what: str, these: Sequence[object]) -> str:
    """Such as `2 brokers: 1, 2`."""
    return f"{len(these)} {what}{'s' if len(these) != 1 else ''}: {', '.join(map(str, these))}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
