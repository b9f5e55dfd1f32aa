"""Many states at once: one or two leads are really decided, the others are they under other ids; a changelog has them as workers do."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from processor.domain.partition import Partition
from processor.policy_file import load_policies
from processor.stream.leads import APPLIED, Applied
from processor.stream.reading import partition_of
from schemas.cloudevents import decode
from schemas.instants import SECOND, Instant
from schemas.signals import CRM, MARKETING, CrmAssigned, MarketingActivity, MarketingProfile, SignalData
from tests.benchmarks.decisions import POLICY
from tests.benchmarks.load import PARTITIONS, Record, record, send

MODEL = "L000000"
PROFILE = MarketingProfile(
    attributes={
        "company": "Company 7",
        "role": "ceo",
        "industry": "saas",
        "employees": 450,
        "country": "PL",
        "source": "google",
        "campaign": "guides",
        "email_domain": "company.example",
        "email_known": True,
    }
)
PRICING = MarketingActivity(activity="page_view", url="/pricing")
DEMO = MarketingActivity(activity="demo_request", url="/demo")
HANDED_OFF: tuple[SignalData, ...] = (PROFILE, PRICING, DEMO, CrmAssigned(rep="r1"))  # by a fast track: three clocks run
TOLD_OF: tuple[SignalData, ...] = (PROFILE, PRICING)


class States(NamedTuple):
    """Leads take turns at being like one of the models, packed; what every partition keeps beside leads is `watch`."""

    models: Sequence[bytes]
    reached: Instant
    watch: bytes

    def of(self, leads: int) -> Iterator[tuple[bytes, bytes]]:
        """Key and state of so many leads."""
        model = MODEL.encode()
        for n in range(leads):
            key = b"L%06d" % n
            yield key, self.models[n % len(self.models)].replace(model, key)


def handed_off(at_ms: int) -> States:
    """All of them at that instant, in milliseconds."""
    return _states(at_ms, [HANDED_OFF])


def tracked(at_ms: int) -> States:
    """A third of them handed off, so that there are as many open clocks as leads."""
    return _states(at_ms, [HANDED_OFF, TOLD_OF, TOLD_OF])


def _states(at_ms: int, stories: Sequence[Sequence[SignalData]]) -> States:
    decided = [_decided(at_ms, story) for story in stories]
    return States([packed for packed, _ in decided], at_ms * (SECOND // 1000), decided[0][1])


def _decided(at_ms: int, story: Sequence[SignalData]) -> tuple[bytes, bytes]:
    """State and watch."""
    partition = Partition(1, load_policies(POLICY), {})
    for n, data in enumerate(story):
        told = record(f"model-{n}", MODEL, at_ms, data)
        signal, logged = decode(told.key, told.value, told.headers, told.topic), at_ms * (SECOND // 1000)
        partition.admit(signal, logged)
        partition.judge(logged)
        partition.apply(signal, logged)
    decided = partition.take()
    ((_, packed),) = decided.states
    assert packed is not None
    return packed, decided.watch


def publish_states(address: str, changelog: str, states: States, leads: int) -> None:
    asyncio.run(send(address, _changelog(changelog, states, leads)))


def _changelog(topic: str, states: States, leads: int) -> Iterable[Record]:
    at, headers = states.reached // 1000, list[Any]()
    for key, state in states.of(leads):
        yield Record(topic, partition_of(key, PARTITIONS), at, key, state, headers)
    applied = Applied(dict.fromkeys((MARKETING, CRM), (0, 0)), states.reached, states.watch).packed()
    for partition in range(PARTITIONS):
        yield Record(topic, partition, at, APPLIED, applied, headers)
