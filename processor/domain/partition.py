"""One partition of the log, decided in order: signals and deadlines go in, events and changed states come out; Kafka stays outside."""

from collections.abc import Mapping, MutableMapping
from typing import NamedTuple

from msgspec.structs import replace

from processor.domain import deadlines, watch
from processor.domain.alarms import Alarms
from processor.domain.announce import PUBLIC, announce
from processor.domain.decide import decide, refuse_unknown_words
from processor.domain.events import LeadEvent
from processor.domain.lead import Lead, pack, unpack, unpack_what_wakes
from processor.domain.policy import Policies
from processor.domain.story import Story
from processor.domain.versions import UnfitPolicies, contradictions, ruling
from processor.domain.watch import NEVER
from schemas.errors import BadRecord
from schemas.events import Event
from schemas.instants import LATEST, Instant, format_instant, parse_instant
from schemas.signals import CrmHeartbeat, Signal

FOR_EVER: Instant = 1 << 62  # no record is logged so late
LAST_LOGGED: Instant = parse_instant("9000-01-01T00:00:00Z")  # what is promised after it could not be written any more


class Decided(NamedTuple):
    """What has been decided since the last taking: new states by key (None: the lead is as if never heard of), events in order."""

    states: list[tuple[bytes, bytes | None]]
    events: list[Event]
    watch: bytes
    told: list[LeadEvent]  # the core's events, of which the metrics are a fold

    def store(self, states: MutableMapping[bytes, bytes]) -> None:
        """The committed states become those that were decided."""
        for key, packed in self.states:
            if packed is None:
                states.pop(key, None)
            else:
                states[key] = packed


class Partition:
    """`states` are the committed ones, packed, by lead id; whoever owns them updates them with what was taken, after the commit.

    What is decided and not yet taken is kept beside them. The same calls give the same events, byte for byte.
    """

    def __init__(self, number: int, policies: Policies, states: Mapping[bytes, bytes], watch_packed: bytes = b"") -> None:
        self._tells = number == 0  # what is not about one lead is said once
        self._policies, self._states = policies, states
        self._watch = watch.unpack(watch_packed) if watch_packed else watch.Watch()
        self._changed: dict[bytes, Lead] = {}
        self._events: list[Event] = []
        self._told: list[LeadEvent] = []
        self.reached: Instant = self._watch.reached  # everything before it is decided
        self._rely_on_heartbeats()
        self._alarms = Alarms()
        self._unproven = Alarms()  # of leads that wait for proof: the instant up to which
        pinned = set[str]()
        for key, packed in states.items():
            lead = unpack_what_wakes(packed)
            if lead.cycles:
                pinned.update([cycle.policy for cycle in lead.cycles])
            if pinned <= self._proven.keys():
                self._schedule(key, lead, None)
        if told := contradictions(policies, self._watch.ruled, self.reached, pinned):
            raise UnfitPolicies(told)
        self._watch_due = watch.next_due(self._watch, policies) if self._tells else None

    def contradictions(self, policies: Policies) -> list[str]:
        """What speaks against these policies in place of the present ones; a sentence each."""
        ruled = ruling(self._policies, self.reached)
        return contradictions(policies, ruled, self.reached, needed=ruled)

    def adopt(self, policies: Policies) -> None:
        """From now on these decide; nothing speaks against them."""
        self._policies = policies
        self._rely_on_heartbeats()
        if self._tells:
            self._watch_due = watch.next_due(self._watch, policies)

    def judge(self, before: Instant, limit: int = 1 << 62) -> bool:
        """Lives through every deadline before the instant, each at its own. False: `limit` leads have changed, take them first."""
        while True:
            if self._watch_due is not None and self._watch_due.at < before and not self._alarms.any_before(self._watch_due.at):
                self._reach(self._watch_due.at)
                self._watch, event = watch.fall_due(self._watch, self._watch_due)
                self._events.append(event)
                self._watch_due = watch.next_due(self._watch, self._policies)
            elif self._alarms.any_before(before):
                if len(self._changed) >= limit:
                    return False
                self._judge_next()
            else:
                break
        self._reach(before)
        return True

    def admit(self, signal: Signal, logged: Instant) -> None:
        """BadRecord for words that the policy in force does not know; asked before all else, since a bad record moves no time."""
        if not 0 <= logged <= LAST_LOGGED:
            expected = f"from {format_instant(0)} to {format_instant(LAST_LOGGED)}"
            raise BadRecord("bad_attribute", "logged", format_instant(min(logged, LATEST)), expected)
        refuse_unknown_words(self._policies.at(logged), signal)

    def apply(self, signal: Signal, logged: Instant) -> None:
        """One signal, at its logged; `admit` and `judge(logged)` come first."""
        logged = max(logged, self.reached)
        self.reached = logged
        if signal.data.about == "lead":
            self._decide(signal, logged)
        self._start(logged)
        if isinstance(signal.data, CrmHeartbeat):
            self._hear_heartbeat(signal, logged)

    def take(self) -> Decided:
        """What was decided since the last taking; the caller commits it and then updates the states."""
        states = [(key, None if not lead.seen and lead == Lead(lead.id) else pack(lead)) for key, lead in self._changed.items()]
        self._watch = replace(self._watch, reached=self.reached, ruled=ruling(self._policies, self.reached))
        decided = Decided(states, self._events, watch.pack(self._watch), self._told)
        self._changed, self._events, self._told = {}, [], []
        return decided

    def _decide(self, signal: Signal, logged: Instant) -> None:
        key = signal.subject.encode()
        before = self._lead(key, signal.subject)
        story = Story(before, logged, self._policies, self._proofs)
        decide(story, signal)
        self._keep(key, before, story)

    def _judge_next(self) -> None:
        at, key = self._alarms.pop()
        before = self._lead(key, "")
        wake = deadlines.next_wake(before, self._proven_up_to)
        if wake.at is None or wake.at > at:
            self._push(key, wake.at)
            return
        self._reach(at)
        story = Story(before, self.reached, self._policies, self._proofs)
        deadlines.judge(story, wake.at)
        self._keep(key, before, story, judged=True)

    def _keep(self, key: bytes, before: Lead, story: Story, *, judged: bool = False) -> None:
        if not story.told:
            return
        for i, event in enumerate(story.told):
            if type(event) in PUBLIC:
                self._events.extend(announce(event, story.leads[i], story.leads[i + 1], self._policies, story.now))
        self._told.extend(story.told)
        self._changed[key] = story.lead
        self._schedule(key, story.lead, None if judged else before)

    def _schedule(self, key: bytes, lead: Lead, before: Lead | None) -> None:
        """Asks when the lead wants to be woken. What comes up too early is asked again then, so only an earlier instant is new."""
        if before is not None and lead.cycles == before.cycles and (before.forget_at or FOR_EVER) <= (lead.forget_at or FOR_EVER):
            return  # at most it is forgotten later
        wake = deadlines.next_wake(lead, self._proven_up_to)
        former = deadlines.NEVER_WAKES if before is None else deadlines.next_wake(before, self._proven_up_to)
        if wake.unproven is not None and wake.unproven != former.unproven:
            self._unproven.add(wake.unproven, key)
        if wake.at is not None and (former.at is None or wake.at < former.at):
            self._push(key, wake.at)

    def _push(self, key: bytes, at: Instant | None) -> None:
        """What should have happened before the instant reached is judged at it: only then has it become known, or proven."""
        if at is not None:
            self._alarms.add(max(at, self.reached), key)

    def _hear_heartbeat(self, signal: Signal, logged: Instant) -> None:
        self._watch, events = watch.heartbeat(self._watch, signal, logged, self._policies)
        if self._tells:
            self._events.extend(events)
            self._watch_due = watch.next_due(self._watch, self._policies)
        self._rely_on_heartbeats()
        furthest, heard_for = max(self._proven.values()), set[bytes]()
        while self._unproven.any_before(furthest + 1):
            heard_for.add(self._unproven.pop()[1])
        for key in heard_for:
            wake = deadlines.next_wake(self._lead(key, ""), self._proven_up_to)
            self._push(key, wake.at)
            if wake.unproven is not None:
                self._unproven.add(wake.unproven, key)

    def _start(self, logged: Instant) -> None:
        if self._watch.started is None:
            self._watch = watch.started(self._watch, logged)
            if self._tells:
                self._watch_due = watch.next_due(self._watch, self._policies)

    def _reach(self, at: Instant) -> None:
        self.reached = max(self.reached, at)

    def _lead(self, key: bytes, lead_id: str) -> Lead:
        if (changed := self._changed.get(key)) is not None:
            return changed
        packed = self._states.get(key)
        return Lead(lead_id) if packed is None else unpack(packed)

    def _proven_up_to(self, policy_key: str) -> Instant:
        return self._proven[policy_key]

    def _rely_on_heartbeats(self) -> None:
        """Up to when each evidence source is proven alive, and all of those of each version."""
        self._proofs = watch.proofs_by_prefix(self._watch, self._policies)
        self._proven = {
            policy.key: min((self._proofs.get(source.prefix, NEVER) for source in policy.evidence.sources), default=FOR_EVER)
            for policy in self._policies.versions
        }
