"""Records written by earlier versions still say what they said; a line of these files is never changed, new ones are added."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.cloudevents import decode, encode
from schemas.events import EVENTS, Event
from schemas.instants import format_instant, parse_instant
from schemas.signals import SIGNALS

RECORDS = Path(__file__).parent / "records"
STORED_SIGNALS = [json.loads(line) for line in (RECORDS / "signals.jsonl").read_text(encoding="utf-8").splitlines()]
STORED_EVENTS = [json.loads(line) for line in (RECORDS / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_type_has_a_stored_record():
    assert {record["says"]["type"] for record in STORED_SIGNALS} == SIGNALS.keys()
    assert {dict(record["headers"])["ce_type"] for record in STORED_EVENTS} == EVENTS.keys()


@pytest.mark.parametrize("record", STORED_SIGNALS, ids=lambda record: record["says"]["id"])
def test_a_stored_signal_still_says_what_it_said(record: dict[str, Any]):
    value = None if record["value"] is None else record["value"].encode()
    signal = decode(record["key"].encode(), value, [(name, text.encode()) for name, text in record["headers"]], record["topic"])
    data = json.loads(signal.data.model_dump_json(exclude_none=True))
    instants = {"occurred": format_instant(signal.occurred), "recorded": format_instant(signal.recorded)}
    assert signal._asdict() | instants | {"data": data} == record["says"]


@pytest.mark.parametrize("record", STORED_EVENTS, ids=lambda record: dict(record["headers"])["ce_type"])
def test_a_stored_event_is_still_written_in_the_same_bytes(record: dict[str, Any]):
    said = {name.removeprefix("ce_"): text for name, text in record["headers"]}
    topic, model = EVENTS[said["type"]]
    event = Event(said["type"], said["id"], said["subject"], parse_instant(said["time"]), model.model_validate_json(record["value"]))
    written = encode(event, said["source"])
    headers = [(name, text.encode()) for name, text in record["headers"]]
    assert (topic, *written) == (record["topic"], record["key"].encode(), record["value"].encode(), headers)
