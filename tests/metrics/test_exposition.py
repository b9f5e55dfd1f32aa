"""Is exactly the catalogue exported, in the form that was asked for, with no series that an input could add?"""

import dataclasses
from urllib.request import Request, urlopen

import pytest

from processor.domain.policy import Policies
from processor.domain.versions import digest
from processor.metrics import CATALOGUE, Metrics
from processor.stream.health import Health, serve
from schemas.events import Event
from schemas.signals import SIGNALS
from tests.metrics.reading import OPENMETRICS, POLICIES, samples, value
from tests.schemas.examples import EXAMPLES

PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)
SUFFIXES = {"histogram": ("_bucket", "_count", "_sum")}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(POLICIES, "0.1.0")


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_what_is_in_the_catalogue_is_exported_and_nothing_else(metrics: Metrics, accept: str):
    catalogued = {family.name + suffix for family in CATALOGUE for suffix in SUFFIXES.get(family.kind, ("",))}
    assert {sample.name for sample in samples(metrics, accept)} == catalogued


def test_every_family_says_its_kind_its_unit_and_its_meaning(metrics: Metrics):
    lines = set(metrics.render(OPENMETRICS)[1].decode().splitlines())
    for family in CATALOGUE:
        name = family.name.removesuffix("_total").removesuffix("_info")
        assert f"# HELP {name} {family.meaning}" in lines
        assert f"# TYPE {name} {family.kind}" in lines
        assert not family.unit or f"# UNIT {name} {family.unit}" in lines


def test_names_follow_the_conventions():
    for family in CATALOGUE:
        assert family.name.startswith("handoff_")
        assert family.name.endswith("_total") == (family.kind == "counter")
        assert family.name.endswith("_info") == (family.kind == "info")
        assert family.name.endswith(f"_{family.unit}" if family.unit else "")


@pytest.mark.parametrize("accept", [PROMETHEUS_3, "application/openmetrics-text; version=none"])
def test_whoever_reads_openmetrics_gets_it(metrics: Metrics, accept: str):
    content_type, body = metrics.render(accept)
    assert content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert body.endswith(b"# EOF\n")


@pytest.mark.parametrize("accept", ["text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "*/*", ""])
def test_others_get_the_classic_text(metrics: Metrics, accept: str):
    content_type, body = metrics.render(accept)
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b"# EOF" not in body


def test_a_worker_that_is_not_ready_yet_answers_a_scrape(metrics: Metrics):
    port = serve(("127.0.0.1", 0), Health(), metrics.render)
    with urlopen(Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": PROMETHEUS_3})) as answer:
        assert answer.headers["Content-Type"].startswith(OPENMETRICS)
        assert b"\nhandoff_ready 0.0\n" in answer.read()


def test_what_is_known_to_occur_is_there_from_the_start(metrics: Metrics):
    for kind in SIGNALS:
        assert value(metrics, "handoff_signals_applied_total", type=kind) == 0
    (policy,) = POLICIES.versions
    for clock in policy.clock_named:
        for segment in policy.segment_named:
            assert value(metrics, "handoff_breaches_total", clock=clock, segment=segment) == 0
    assert value(metrics, "handoff_policy_info", policy="acme-2026-q4", version="3", digest=digest(policy)) == 1
    assert value(metrics, "handoff_policy_review_timestamp_seconds", policy="acme-2026-q4", version="3") == 1_797_289_200


def test_a_new_version_is_stated_and_has_its_series(metrics: Metrics):
    (policy,) = POLICIES.versions
    later = dataclasses.replace(policy, version=4, clocks=(*policy.clocks, dataclasses.replace(policy.clocks[0], name="proposal")))
    metrics.disagreed()
    assert value(metrics, "handoff_policy_refused") == 1
    metrics.agreed(Policies((later,)))
    assert value(metrics, "handoff_policy_refused") == 0
    assert value(metrics, "handoff_policy_info", policy="acme-2026-q4", version="4", digest=digest(later)) == 1
    assert value(metrics, "handoff_breaches_total", clock="proposal", segment=policy.segments[0].name) == 0
    assert not [sample for sample in samples(metrics) if sample.labels.get("version") == "3"]


def test_events_add_no_series_and_name_no_lead_and_no_rep(metrics: Metrics):
    before = [(sample.name, sample.labels) for sample in samples(metrics)]
    metrics.decided(0, [Event(kind, f"Żaneta-7#1/{kind}", "Żaneta-7", 0, data) for kind, data in EXAMPLES.items()], [])
    assert [(sample.name, sample.labels) for sample in samples(metrics)] == before
    assert len(before) < 300
    body = metrics.render("")[1].decode()
    assert "Żaneta" not in body
    assert "r3" not in body
