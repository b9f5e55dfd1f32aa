"""Do the alerts watch metrics that there are, and does Prometheus read them? Whether 60 seconds is much is for whoever is woken."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from processor.metrics import CATALOGUE

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
WATCHED = {name for rule in RULES for name in re.findall(r"handoff_\w+", rule["expr"])}


def test_every_metric_that_is_watched_exists():
    assert {family.name for family in CATALOGUE} >= WATCHED


def test_what_is_to_be_0_is_watched():
    [to_be_0] = re.findall(r"((?:`handoff_\w+`(?:, | and )?)+) are to be 0", (ROOT / "README.md").read_text())
    assert set(re.findall(r"handoff_\w+", to_be_0)) <= WATCHED


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_has_the_shape_that_prometheus_takes(rule: dict[str, Any]):
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"[A-Za-z_]\w*", rule["alert"])
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"].keys() == {"summary"}
    assert all(text.count(opening) == text.count(closing) for text in (rule["expr"], str(rule)) for opening, closing in ("()", "[]", "{}"))
    assert re.search(r" (>|==) \d+$", rule["expr"]), "an alert without a comparison would always fire"


def test_prometheus_reads_them_where_they_are_mounted():
    mounted = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["prometheus"]["volumes"]
    [named] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["rule_files"]
    assert f"./deploy/prometheus/{named}:/etc/prometheus/{named}:ro" in mounted
