"""Is what `handoff tail --json` printed of real topics judged as what a replay wrote, and refused where it cannot be? Rules: elsewhere."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.checker.judge import judge_files, run_of_files
from tests.checker.partitioner import partition_of
from tests.checker.tailed import WrongLine
from tests.checker.test_checker_itself import run_of

Event = dict[str, Any]
ROOT = Path(__file__).parents[2]
PARTITIONS = 4
MARKETING, CRM, DEAD = "marketing.events.v1", "crm.events.v1", "handoff.dead-letters.v1"


def tailed(scenario: str) -> tuple[Path, list[Event], list[Event]]:
    """The scenario's folder, and its inputs and outputs as they would lie in several partitions; `-` lies in all of them."""
    folder, lines, said, _ = run_of(scenario)
    inputs: list[Event] = []
    at: dict[int, tuple[str, int]] = {}
    logged = ""
    for number, line in enumerate(lines, 1):
        event = json.loads(line) if line.startswith(b"{") else {"key": "A", "value": line.decode()}
        topic = MARKETING if str(event.get("type")).startswith("marketing") else CRM
        logged = max(logged, event.get("loggedtime", event.get("time", "")), key=lambda text: text.rstrip("Z"))
        subject = event.get("subject", "A")
        for partition in range(PARTITIONS) if subject == "-" else [partition_of(subject, PARTITIONS)]:
            offset = sum((row["topic"], row["partition"]) == (topic, partition) for row in inputs)
            inputs.append(event | {"topic": topic, "partition": partition, "offset": offset, "loggedtime": logged})
        at[number] = topic, len(inputs) - 1
    outputs: list[Event] = []
    for offset, line in enumerate(said):
        event = json.loads(line)
        if "line" in event:
            _, row = at[event.pop("line")]
            event["origin"] = {name: inputs[row][name] for name in ("topic", "partition", "offset")}
        lead = event.get("data", {}).get("lead")
        outputs.append(event | {"partition": partition_of(lead, PARTITIONS) if lead else 0, "offset": offset, "loggedtime": logged})
    return folder, inputs, outputs


def written(folder: Path, inputs: list[Event], outputs: list[Event]) -> tuple[Path, Path]:
    files = folder / "inputs.jsonl", folder / "outputs.jsonl"
    for file, rows in zip(files, (inputs, outputs), strict=True):
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return files


@pytest.mark.parametrize("scenario", ["02", "09", "12", "13", "34"])
def test_what_was_tailed_is_judged_in_whatever_order_it_stands(scenario: str, tmp_path: Path) -> None:
    policy, inputs, outputs = tailed(scenario)
    files = written(tmp_path, inputs[::-1], outputs[::-1])
    judged = run_of_files(*files, policy).judged
    assert (judged.records + judged.bad, judged.events + judged.dead_letters) == (len(inputs), len(outputs))
    assert judged.cycles > 0
    assert judge_files(*files, policy) == []
    del outputs[0]
    assert judge_files(*written(tmp_path, inputs, outputs), policy)


def test_the_replay_of_what_was_tailed_is_judged_as_a_replay(tmp_path: Path) -> None:
    policy, lines, said, _ = run_of("01")
    files = tmp_path / "in", tmp_path / "out"
    rows = [json.loads(line) | {"partition": 2, "offset": n, "topic": MARKETING} for n, line in enumerate(lines)]
    files[0].write_text("".join(json.dumps(row) + "\n" for row in rows))
    files[1].write_bytes(b"\n".join(said))
    assert judge_files(*files, policy) == []


@pytest.mark.parametrize("reason", ["wrong_key", "wrong_partition"])
def test_a_record_may_be_refused_for_what_it_does_not_show_itself(reason: str, tmp_path: Path) -> None:
    policy, inputs, outputs = tailed("02")
    partition = partition_of("A", PARTITIONS) if reason == "wrong_key" else (partition_of("A", PARTITIONS) + 1) % PARTITIONS
    stray = inputs[0] | {"id": "stray", "topic": MARKETING, "partition": partition, "offset": 900, "subject": "A"}
    key = "B" if reason == "wrong_key" else "A"
    letter = {"topic": DEAD, "partition": 0, "offset": 0, "loggedtime": stray["loggedtime"], "reason": reason, "key": key, "value": "{}"}
    letter["origin"] = {name: stray[name] for name in ("topic", "partition", "offset")}
    stray |= {"type": "marketing.activity", "data": {"activity": "webinar_attended"}}
    assert judge_files(*written(tmp_path, [*inputs, stray], [*outputs, letter]), policy) == []
    innocent = letter | {"key": "A", "origin": {name: inputs[0][name] for name in ("topic", "partition", "offset")}}
    found = judge_files(*written(tmp_path, inputs, [*outputs, innocent]), policy)
    assert any(violation.rule.startswith("I9") for violation in found)


def test_a_record_on_the_other_sides_topic_is_a_bad_one(tmp_path: Path) -> None:
    policy, inputs, outputs = tailed("02")
    stray = inputs[0] | {"id": "stray", "topic": CRM, "offset": 900, "type": "marketing.activity", "data": {"activity": "blog"}}
    found = judge_files(*written(tmp_path, [*inputs, stray], outputs), policy)
    assert [violation.what for violation in found] == ["no dead letter, though: on another type's topic"]


Files = dict[str, list[Event]]
WRONG: dict[str, tuple[Callable[[Files], object], str]] = {
    "a row without its instant": (
        lambda files: files["inputs"][1].pop("loggedtime"),
        "inputs, line 2: no `loggedtime`; expected each line to say topic, partition, offset, loggedtime, as `handoff tail --json`",
    ),
    "an offset that is a text": (lambda files: files["inputs"][0].update(offset="7"), "inputs, line 1: `offset` '7'; expected"),
    "an output without partition": (lambda files: files["outputs"][2].pop("partition"), "outputs, line 3: no `partition`; expected"),
    "an output among the inputs": (
        lambda files: files["inputs"].append(files["outputs"][0]),
        "a record of handoff.mql.v1; expected the input topics in one file",
    ),
    "an input among the outputs": (
        lambda files: files["outputs"].append(files["inputs"][0]),
        f"a record of {MARKETING}; expected the input topics in one file, the output topics in the other",
    ),
    "the same topic tailed twice": (
        lambda files: files["inputs"].append(files["inputs"][0]),
        "the record of line 1 again; expected each record once",
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_line_that_cannot_be_judged_is_named(how: str, tmp_path: Path) -> None:
    policy, inputs, outputs = tailed("01")
    spoil, message = WRONG[how]
    spoil({"inputs": inputs, "outputs": outputs})
    with pytest.raises(WrongLine) as raised:
        judge_files(*written(tmp_path, inputs, outputs), policy)
    assert message in str(raised.value)


def test_the_command_says_how_much_it_judged_and_that_nothing_proves_nothing(tmp_path: Path) -> None:
    policy, inputs, outputs = tailed("01")

    def judge(inputs: list[Event], outputs: list[Event]) -> tuple[int, str]:
        files = written(tmp_path, inputs, outputs)
        command = [sys.executable, "-m", "tests.checker", *map(str, files), "--policy", str(policy)]
        result = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        return result.returncode, result.stdout + result.stderr

    code, text = judge(inputs, outputs)
    assert (code, f"judged {len(inputs)} records and 0 bad ones in {PARTITIONS} partitions; {len(outputs)} events" in text) == (0, True)
    assert "1 cycles of 1 leads, with 3 clocks\n0 violations" in text
    assert judge(inputs, outputs[1:])[0] == 1
    assert judge([], [])[0] == 2
    code, text = judge([inputs[0] | {"partition": None}, *inputs[1:]], outputs)
    assert code == 2
    assert text.startswith("inputs, line 1: `partition` None; expected")
