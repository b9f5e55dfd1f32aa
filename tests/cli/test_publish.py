"""Is whoever publishes a history where only the present is judged told so? How lines arrive is asked in tests/kafka."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import SAMPLE, Running


@pytest.mark.slow
@pytest.mark.kafka
def test_a_history_for_topics_that_stamp_what_arrives_is_warned_of_and_what_is_of_today_is_not(
    start: Callable[..., Running], handoff: Callable[..., Result], tmp_path: Path
):
    start("broker", "--port", 0, "--data", tmp_path).until("ready at")
    assert handoff("topics", "create", "--partitions", 1, "--data", tmp_path).exit_code == 0
    history = handoff("publish", SAMPLE / "week.jsonl", "--data", tmp_path)
    assert (history.exit_code, "3045 of 3045 lines say that they were logged on other days" in history.stderr) == (0, True)
    assert "--time records" in history.stderr
    said = {
        "specversion": "1.0",
        "id": "1",
        "source": "test",
        "type": "crm.heartbeat",
        "subject": "-",
        "time": datetime.now(UTC).isoformat(),
    }
    (today := tmp_path / "today.jsonl").write_text(json.dumps(said))
    assert (published := handoff("publish", today, "--data", tmp_path)).stderr == "", published.stdout
