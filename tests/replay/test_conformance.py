"""Does a replay say what the contract says? The scenarios were derived by hand; `check.py` compares and shares no code with the product."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from processor.policy_file import load_policies
from processor.replay import replay
from schemas.instants import parse_instant

CONFORMANCE = Path(__file__).parents[1] / "conformance"
SCENARIOS = sorted(path.parent for path in CONFORMANCE.glob("*/expected.jsonl"))


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check", CONFORMANCE / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_comes_out_as_it_was_derived_by_hand(scenario: Path, judge: ModuleType, tmp_path: Path) -> None:
    until = scenario / "until"
    said = replay(
        (scenario / "events.jsonl").read_bytes().splitlines(),
        load_policies(scenario),
        "/handoff/handoff",
        parse_instant(until.read_text().strip()) if until.exists() else None,
    )
    out = tmp_path / "out.jsonl"
    out.write_bytes(b"".join(line + b"\n" for line in said))
    assert list(judge.differences(judge.read(scenario / "expected.jsonl"), judge.read(out))) == []
