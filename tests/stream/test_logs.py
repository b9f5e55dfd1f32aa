"""What a line of the log is."""

import json
import logging
import subprocess
import sys

from processor import logs

SPEAK = """
import logging, structlog
from processor.logs import configure
configure()
structlog.get_logger("ours").info("took over", partition=3)
logging.getLogger("aiokafka.client").info("routine")
logging.getLogger("aiokafka.client").error("Unable to reach %s", "broker")
logging.getLogger("processor.stream.app").info("[^-LaneApp]: Starting...")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("ours").exception("failed")
"""


def test_every_line_is_one_json_object_ours_and_the_libraries_alike() -> None:
    spoken = subprocess.run([sys.executable, "-c", SPEAK], check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in spoken.stderr.splitlines()]
    assert spoken.stdout == ""
    assert [(line["level"], line["logger"], line["event"]) for line in lines] == [
        ("info", "ours", "took over"),
        ("error", "aiokafka.client", "Unable to reach broker"),
        ("error", "ours", "failed"),
    ]
    assert lines[0]["partition"] == 3
    assert "ZeroDivisionError" in lines[2]["exception"]


def test_what_a_library_says_again_and_again_is_said_once_in_a_while() -> None:
    repeats, passed = logs.Repeats(), []
    for second in range(25):
        for name in ("aiokafka", "ours"):
            record = logging.LogRecord(name, logging.ERROR, "", 0, "Unable to reach %s", ("broker",), None)
            record.created = 100.0 + second
            if repeats.filter(record):
                passed.append((second, name, record.getMessage()))
    assert [found for found in passed if found[1] == "aiokafka"] == [
        (0, "aiokafka", "Unable to reach broker"),
        (10, "aiokafka", "Unable to reach broker (and 9 more like it)"),
        (20, "aiokafka", "Unable to reach broker (and 9 more like it)"),
    ]
    assert len([found for found in passed if found[1] == "ours"]) == 25
