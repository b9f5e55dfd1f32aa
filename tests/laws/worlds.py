"""Small worlds for the laws: what one to three leads did, when it was logged, and the policies that judge it."""

from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from processor.domain.partition import Partition
from processor.domain.policy import Policies
from processor.explain import Telling
from processor.explain.story import Story
from processor.history import Told
from processor.policy_file import load_policies
from schemas import signals as s
from schemas.events import Event
from schemas.instants import SECOND, Instant, parse_instant
from schemas.signals import Signal

CONFORMANCE = Path(__file__).parents[1] / "conformance"
POLICIES = {name: load_policies(CONFORMANCE / name) for name in ("01-friday-afternoon", "09-silent-connector", "25-policy-version-pinned")}
START = parse_instant("2026-10-16T13:00:00Z")
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class World(NamedTuple):
    policies: Policies
    log: tuple[Told, ...]

    @property
    def end(self) -> Instant:
        """Late enough for every deadline of the log."""
        return self.log[-1].logged + 60 * DAY if self.log else START


READY = s.MarketingProfile(
    attributes={"role": "ceo", "industry": "saas", "employees": 200, "company": "X", "source": "google", "campaign": "q4"}
)

HANDED_OFF: tuple[s.SignalData, ...] = (
    READY,
    s.MarketingActivity(activity="demo_request"),
    s.MarketingActivity(activity="webinar_attended"),
)

_contacts = st.builds(
    s.CrmActivity,
    activity_id=st.sampled_from([f"a{i}" for i in range(6)]),
    channel=st.sampled_from(["phone", "email", "linkedin", "meeting", "sms", "note"]),
    direction=st.sampled_from(["outbound", "outbound", "inbound"]),
    outcome=st.sampled_from(["no_answer", "connected", "sent", "replied", "bounced", "busy"]),
    automated=st.booleans(),
)
DEEDS = st.one_of(_contacts, _contacts, st.builds(s.CrmAccepted))
FACTS = st.one_of(
    _contacts,
    _contacts,
    st.builds(s.CrmAccepted),
    st.builds(s.CrmReturned, reason=st.sampled_from(["too_early", "no_budget", "not_icp"])),
    st.builds(s.CrmQualified),
    st.builds(s.CrmDisqualified, reason=st.just("competitor")),
    st.builds(s.CrmOpportunity, opportunity=st.just("o1"), status=st.sampled_from(["open", "won", "lost"])),
)
OTHERS = st.one_of(
    st.builds(s.CrmPaused, reason=st.sampled_from(["asked_for_later", "legal_hold"])),
    st.builds(s.CrmPaused, reason=st.just("asked_for_later"), clock=st.sampled_from(["attempts", "first_attempt"])),
    st.builds(s.CrmResumed),
    st.builds(s.CrmAssigned, rep=st.sampled_from(["r1", "r2"])),
    st.builds(s.CrmReopened),
    st.builds(s.CrmErased),
    st.builds(s.CrmMerged, into=st.just("Z")),
    st.builds(s.MarketingProfile, attributes=st.sampled_from([{"campaign": None}, {"campaign": "q4"}, {"role": "ceo"}, {"employees": 10}])),
    st.builds(s.MarketingActivity, activity=st.sampled_from(["demo_request", "webinar_attended", "newsletter"])),
    st.builds(s.MarketingActivity, activity=st.just("page_view"), url=st.just("/pricing")),
)
_TYPE_OF = {model: name for name, (_, model) in s.SIGNALS.items()}


def signal(number: int, lead: str, data: s.SignalData, occurred: Instant, source: str | None = None) -> Signal:
    kind = _TYPE_OF[type(data)]
    return Signal(f"s{number}", source or ("hubspot/crm" if kind.startswith("crm") else "mautic"), kind, lead, occurred, occurred, data)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """One to three leads, most of them handed off at once; then up to 14 things within nine days, some heard late, some twice."""
    leads = [f"L{i}" for i in range(draw(st.integers(1, 3)))]
    told: list[Told] = []
    for lead in leads:
        for data in HANDED_OFF:
            told.append(Told(START, signal(len(told), lead, data, START)))
    for lead, data, after, late in draw(
        st.lists(
            st.tuples(
                st.sampled_from(leads),
                FACTS | OTHERS,
                st.integers(0, 9 * 24 * 4).map(lambda quarters: quarters * 15 * MINUTE),
                st.sampled_from([0, 0, 0, -3 * MINUTE, 10 * MINUTE, 2 * HOUR, 26 * HOUR, 3 * DAY, 6 * DAY]),
            ),
            max_size=14,
        )
    ):
        told.append(Told(START + after + max(late, 0), signal(len(told), lead, data, START + after - min(late, 0))))
    beats = [
        Told(START + k * DAY // 2, signal(1000 + k, "-", s.CrmHeartbeat(), START + k * DAY // 2))
        for k in draw(st.sets(st.integers(0, 30), max_size=12))
    ]
    repeats = [Told(again.logged + HOUR, again.signal) for again in draw(st.lists(st.sampled_from(told), max_size=2))]
    log = sorted(told + beats + repeats, key=lambda item: item.logged)
    return World(POLICIES[draw(st.sampled_from(sorted(POLICIES)))], tuple(log))


class Run:
    """A partition and its store, driven as the shell drives it."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.states: dict[bytes, bytes] = {}
        self.watch = b""
        self.events: list[Event] = []
        self.reached: Instant | None = None
        self.restart()

    def restart(self) -> None:
        """What was committed is all that is left."""
        self.partition = Partition(0, self.policies, self.states, self.watch)
        if self.reached is not None:
            self.partition.judge(self.reached)

    def judge(self, before: Instant, limit: int = 1 << 62) -> None:
        while not self.partition.judge(before, limit):
            self.commit()
        self.reached = before if self.reached is None else max(before, self.reached)

    def hear(self, told: Told, limit: int = 1 << 62) -> None:
        self.judge(told.logged, limit)
        self.partition.apply(told.signal, told.logged)

    def commit(self) -> None:
        decided = self.partition.take()
        decided.store(self.states)
        self.watch = decided.watch
        self.events += decided.events


def run(world: World, until: int = 60 * DAY) -> Run:
    """The world lived through in one go, until so long after its start or last signal."""
    lived = Run(world.policies)
    for told in world.log:
        lived.hear(told)
    lived.judge(world.end if until == 60 * DAY else START + until)
    lived.commit()
    return lived


def story_of(lead: str, world: World) -> Story:
    """One lead's, told from the world's whole log."""
    telling = Telling(lead, world.policies)
    for told in world.log:
        telling.hear(told)
    telling.reach(world.end - 1)
    return telling.told(world.end - 1)
