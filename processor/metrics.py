"""What Prometheus is told: one catalogue of metrics, and their fold of what was decided and committed; who serves them stays outside."""

import platform
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from math import nan
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, get_args

import prometheus_client as prometheus
from prometheus_client.exposition import choose_encoder

from processor.domain.events import LeadEvent, Noted, Oddity
from processor.domain.policy import Policies
from processor.domain.versions import digest
from schemas.errors import Reason
from schemas.events import Event, HandoffClock, IgnoredReason, ReturnedBy, Stage
from schemas.instants import SECOND, Instant
from schemas.signals import SIGNALS


class Label(NamedTuple):
    """A closed set of values: those known, and `other` for the rest. Never a lead, never a rep."""

    name: str
    known: Callable[[Policies], Iterable[str]]
    in_words: str


class Family(NamedTuple):
    name: str
    kind: Literal["counter", "gauge", "histogram", "info"]
    unit: Literal["", "ratio", "records", "seconds"]  # the end of the name, where there is one; else things are counted
    labels: tuple[Label, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


def _words(name: str, closed: Any) -> Label:
    words: tuple[str, ...] = get_args(closed)
    return Label(name, lambda _: words, ", ".join(words))


def _of_policies(name: str, words: Callable[[Any], Iterable[str]], in_words: str) -> Label:
    return Label(name, lambda policies: dict.fromkeys(word for policy in policies.versions for word in words(policy)), in_words)


def _stated(name: str, in_words: str) -> Label:
    """Its values are stated once, at the start; no input has any."""
    return Label(name, lambda _: (), in_words)


OPENMETRICS = "application/openmetrics-text"
OTHER = "other"
CLOCK = _of_policies("clock", lambda policy: policy.clock_named, "the policy's clocks")
SEGMENT = _of_policies("segment", lambda policy: policy.segment_named, "the policy's segments")
RETURN_REASON = _of_policies("reason", lambda policy: policy.returns, "the policy's reasons")
TYPE = Label("type", lambda _: SIGNALS, "the types of signals")
TOPIC = Label("topic", lambda _: dict.fromkeys(topic for topic, _ in SIGNALS.values()), "the input topics")
TRIGGER = _words("trigger", Literal["threshold", "fast_track", "completed"])
PUNCTUALITY = _words("punctuality", Literal["on_time", "late"])
EACH_CLOCK = (CLOCK, SEGMENT)
BUILD = (_stated("version", "Handoff's"), _stated("python", "Python's"))
POLICY = (_stated("policy", "its name"), _stated("version", "its number"))
DIGEST = _stated("digest", "of what it says: two for one version are two workers with different files")

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
DURATIONS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

CATALOGUE = (
    Family("handoff_signals_applied_total", "counter", "", (TYPE,), "Signals applied, those that changed nothing too"),
    Family("handoff_signals_ignored_total", "counter", "", (_words("reason", IgnoredReason),), "`handoff.ignored` published"),
    Family("handoff_oddities_total", "counter", "", (_words("kind", Oddity),), "Oddities of signals that are told to nobody else"),
    Family("handoff_dead_letters_total", "counter", "", (_words("reason", Reason),), "Records that could not be judged"),
    Family("handoff_handoffs_total", "counter", "", (SEGMENT, TRIGGER), "Leads handed off to sales"),
    Family("handoff_withheld_total", "counter", "", (SEGMENT,), "Leads that qualified without what marketing owes"),
    Family("handoff_clocks_opened_total", "counter", "", EACH_CLOCK, "Clocks opened, or started again"),
    Family("handoff_clocks_met_total", "counter", "", (*EACH_CLOCK, PUNCTUALITY), "Duties done; those done late were breached before"),
    Family("handoff_clocks_cancelled_total", "counter", "", EACH_CLOCK, "Clocks cancelled: their duty is no longer owed"),
    Family("handoff_warnings_total", "counter", "", EACH_CLOCK, "Steps before the due that told somebody"),
    Family("handoff_escalations_total", "counter", "", EACH_CLOCK, "Steps after the due that told somebody"),
    Family("handoff_breaches_total", "counter", "", EACH_CLOCK, "Breaches, provisional at first"),
    Family("handoff_breaches_confirmed_total", "counter", "", EACH_CLOCK, "Breaches whose grace is over"),
    Family("handoff_breaches_withdrawn_total", "counter", "", EACH_CLOCK, "Breaches taken back: late evidence shows it was done in time"),
    Family("handoff_returns_total", "counter", "", (RETURN_REASON, _words("by", ReturnedBy)), "Leads returned to marketing"),
    Family("handoff_returns_withdrawn_total", "counter", "", (), "Returns by a clock that were taken back"),
    Family("handoff_stage_changes_total", "counter", "", (_words("to", Stage),), "Changes of a lead's stage"),
    Family(
        "handoff_effective_timestamp_seconds",
        "gauge",
        "seconds",
        (),
        "Everything before it is decided, in the partition that is furthest behind; `time()` minus it is the lag, "
        "unless records move time (`HANDOFF_TIME=records`); NaN without partitions",
    ),
    Family("handoff_waiting_records", "gauge", "records", (TOPIC,), "Records fetched and not yet decided; of a long backlog a part"),
    Family("handoff_batch_records", "histogram", "records", (), "Records in one transaction; 0 where only time passed", (0, *SIZES)),
    Family("handoff_batch_duration_seconds", "histogram", "seconds", (), "From a decision's start to its commit's end", DURATIONS),
    Family("handoff_signals_applied_late_total", "counter", "", (), "Signals that came after their instant: raise `HANDOFF_SKEW_MS`"),
    Family("handoff_restore_progress_ratio", "gauge", "ratio", (), "Share of the changelog read in the takeover under way, or the last"),
    Family("handoff_restore_duration_seconds", "gauge", "seconds", (), "How long the last takeover took, fencing included"),
    Family("handoff_partitions_owned", "gauge", "", (), "Partitions that this worker decides"),
    Family("handoff_leads_in_memory", "gauge", "", (), "Leads of these partitions"),
    Family("handoff_ready", "gauge", "", (), "1 while this worker has its partitions, restored, as `/readyz` says"),
    Family("handoff_build_info", "info", "", BUILD, "1; what runs"),
    Family("handoff_policy_info", "info", "", (*POLICY, DIGEST), "1; a version that is loaded"),
    Family("handoff_policy_in_force_timestamp_seconds", "gauge", "seconds", POLICY, "From when the version is in force"),
    Family("handoff_policy_review_timestamp_seconds", "gauge", "seconds", POLICY, "When its review is due"),
    Family("handoff_policy_refused", "gauge", "", (), "1 while the policy files say what is refused; the log says why"),
    Family("handoff_policy_disputed", "gauge", "", (), "1 while other workers decide by policies that contradict this one's"),
)  # fmt: skip


class Commit(Protocol):
    """What is read of one transaction of a partition (`processor.stream.observer.Commit`)."""

    @property
    def partition(self) -> int: ...
    @property
    def signals(self) -> int: ...  # with bad records
    @property
    def types(self) -> Mapping[str, int]: ...  # signals applied, by type
    @property
    def late(self) -> int: ...
    @property
    def waiting(self) -> Mapping[str, int]: ...
    @property
    def leads(self) -> int: ...
    @property
    def reached(self) -> Instant: ...
    @property
    def seconds(self) -> float: ...


# Twice the series, and in the classic format gauges that nobody asked for.
prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """An observer of the shell, told in the main loop and asked in another thread. What is known to occur is there from the start, as 0."""

    def __init__(self, policies: Policies, version: str) -> None:
        """`version`: Handoff's own."""
        self._registry = prometheus.CollectorRegistry()
        self._metrics = {family.name: _made(family, self._registry) for family in CATALOGUE}
        self._known: dict[str, list[dict[str, None]]] = {}
        self._reached: dict[int, Instant] = {}  # these three by partition
        self._leads: dict[int, int] = {}
        self._waiting: dict[int, Mapping[str, int]] = {}
        self._metrics["handoff_build_info"].labels(version, platform.python_version()).info({})
        self.agreed(policies)
        self._ask_when_scraped()

    def render(self, accept: str) -> tuple[str, bytes]:
        """Content type and body; OpenMetrics for those whose Accept header names it, else the classic text."""
        # The client's own choice fails on a version that is no number, so it is not shown the header.
        encode, content_type = choose_encoder(OPENMETRICS if OPENMETRICS in accept else "")
        return content_type, encode(self._registry)

    def decided(self, partition: int, events: Sequence[Event], told: Iterable[LeadEvent]) -> None:  # noqa: ARG002 - what leads do is not counted by partition
        counts = Counter(fold(event.data) for event in events if (fold := _FOLD.get(event.type)))
        counts.update(("handoff_oddities_total", each.oddity) for each in told if type(each) is Noted)
        for key, count in counts.items():
            if key:
                self._metric(*key).inc(count)

    def dead_letter(self, reason: Reason) -> None:
        self._metric("handoff_dead_letters_total", reason).inc()

    def committed(self, commit: Commit) -> None:
        for kind, count in commit.types.items():
            self._metric("handoff_signals_applied_total", kind).inc(count)
        self._metric("handoff_signals_applied_late_total").inc(commit.late)
        self._metric("handoff_batch_records").observe(commit.signals)
        self._metric("handoff_batch_duration_seconds").observe(commit.seconds)
        self._leads[commit.partition], self._waiting[commit.partition] = commit.leads, commit.waiting
        self.reached(commit.partition, commit.reached)

    def reached(self, partition: int, reached: Instant) -> None:
        """Also where nothing was decided: silence is no lag."""
        self._reached[partition] = reached

    def restoring(self, done: int, total: int) -> None:
        self._metric("handoff_restore_progress_ratio").set(done / total if total else 1)

    def restored(self, partition: int, leads: int, reached: Instant, seconds: float) -> None:
        self._metric("handoff_restore_progress_ratio").set(1)
        self._metric("handoff_restore_duration_seconds").set(seconds)
        self._leads[partition] = leads
        self.reached(partition, reached)

    def started(self) -> None:
        """All that this worker was assigned is restored, and decided from here on."""
        self._metric("handoff_ready").set(1)

    def released(self) -> None:
        """Nothing is decided until the next takeover."""
        self._metric("handoff_ready").set(0)
        for by_partition in (self._reached, self._leads, self._waiting):
            by_partition.clear()

    def agreed(self, policies: Policies) -> None:
        """From now on these decide."""
        self._known = {family.name: [dict.fromkeys(label.known(policies)) for label in family.labels] for family in CATALOGUE}
        for family in CATALOGUE:
            if family.kind == "counter":
                for values in product(*self._known[family.name]):
                    self._metric(family.name, *values)
        self._state_policies(policies)
        self._metric("handoff_policy_refused").set(0)

    def disagreed(self) -> None:
        """The policy files have changed in a way that is refused."""
        self._metric("handoff_policy_refused").set(1)

    def disputed(self, told: Sequence[str]) -> None:
        """What speaks against this worker's policies in what other workers have decided; nothing where that is over."""
        self._metric("handoff_policy_disputed").set(bool(told))

    def _metric(self, name: str, *values: str | None) -> Any:
        """The family, or its child of these label values: unknown ones count as `other`, so that no input makes series without end."""
        metric = self._metrics[name]
        bounded = [value if value in known else OTHER for value, known in zip(values, self._known[name], strict=True)]
        return metric.labels(*bounded) if bounded else metric

    def _ask_when_scraped(self) -> None:
        self._metric("handoff_effective_timestamp_seconds").set_function(self._effective)
        self._metric("handoff_partitions_owned").set_function(lambda: len(self._reached))
        self._metric("handoff_leads_in_memory").set_function(lambda: sum(self._leads.values()))
        for topic in self._known["handoff_waiting_records"][0]:
            self._metric("handoff_waiting_records", topic).set_function(partial(self._waiting_of, topic))

    def _effective(self) -> float:
        # A copy, since the main loop goes on meanwhile. A partition that has never heard anything is at 0 and behind nobody.
        return min([reached for reached in tuple(self._reached.values()) if reached > 0], default=nan) / SECOND

    def _waiting_of(self, topic: str) -> int:
        return sum(waiting.get(topic, 0) for waiting in tuple(self._waiting.values()))

    def _state_policies(self, policies: Policies) -> None:
        """Versions that are gone are stated no more."""
        info, in_force, review = (
            self._metrics[f"handoff_policy_{name}"] for name in ("info", "in_force_timestamp_seconds", "review_timestamp_seconds")
        )
        for family in (info, in_force, review):
            family.clear()
        for policy in policies.versions:
            which = policy.name, str(policy.version)
            info.labels(*which, digest(policy)).info({})
            in_force.labels(*which).set(policy.in_force_from / SECOND)
            review.labels(*which).set(policy.first_calendar.midnight(policy.review_on) / SECOND)


def _made(family: Family, registry: prometheus.CollectorRegistry) -> Any:
    """Untyped: what a family can do stands in the catalogue."""
    name, kind, unit, labels, meaning, buckets = family
    options: dict[str, Any] = {"documentation": meaning, "labelnames": [label.name for label in labels], "unit": unit, "registry": registry}
    match kind:
        case "counter":
            return prometheus.Counter(name, **options)
        case "gauge":
            return prometheus.Gauge(name, **options)
        case "histogram":
            return prometheus.Histogram(name, buckets=buckets, **options)
        case "info":
            return prometheus.Info(name.removesuffix("_info"), **options)


Key: TypeAlias = tuple[str, *tuple[str | None, ...]]  # a family's name and its label values


def _of_clock(name: str) -> Callable[[Any], Key]:
    return lambda data: (name, data.clock, data.segment)


def _clock(data: HandoffClock) -> Key | None:
    """Pauses are not counted, breaches by their own event."""
    match data.state:
        case "opened":
            return "handoff_clocks_opened_total", data.clock, data.segment
        case "met":
            return "handoff_clocks_met_total", data.clock, data.segment, "on_time" if data.late_by_s is None else "late"
        case "cancelled":
            return "handoff_clocks_cancelled_total", data.clock, data.segment
    return None


_FOLD: dict[str, Callable[[Any], Key | None]] = {
    "handoff.created": lambda data: ("handoff_handoffs_total", data.segment, data.trigger.partition(":")[0]),
    "handoff.withheld": lambda data: ("handoff_withheld_total", data.segment),
    "handoff.clock": _clock,
    "handoff.warning": _of_clock("handoff_warnings_total"),
    "handoff.escalated": _of_clock("handoff_escalations_total"),
    "handoff.breached": _of_clock("handoff_breaches_total"),
    "handoff.breach_confirmed": _of_clock("handoff_breaches_confirmed_total"),
    "handoff.breach_withdrawn": _of_clock("handoff_breaches_withdrawn_total"),
    "handoff.returned": lambda data: ("handoff_returns_total", data.reason, data.by),
    "handoff.return_withdrawn": lambda _: ("handoff_returns_withdrawn_total",),
    "handoff.stage": lambda data: ("handoff_stage_changes_total", data.to),
    "handoff.ignored": lambda data: ("handoff_signals_ignored_total", data.reason),
}


def table() -> str:
    """The catalogue as the README shows it, in Markdown."""
    rows = [
        f"| `{family.name}` | {family.kind} | {family.unit} | {'; '.join(f'`{label.name}`: {label.in_words}' for label in family.labels)} "
        f"| {family.meaning} |"
        for family in CATALOGUE
    ]
    return "\n".join(["| metric | kind | unit | labels | meaning |", "|---|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(table())
