"""The JSON Schemas in the tree are those of the models, and judge a record as the models do."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from schemas.events import EVENTS
from schemas.generate import FOLDER, published, write
from schemas.signals import SIGNALS
from tests.contracts.test_stored_records import STORED_EVENTS, STORED_SIGNALS

IN_THE_TREE = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(IN_THE_TREE[name]), format_checker=FormatChecker())


def test_the_files_are_fresh():
    assert published() == IN_THE_TREE, "run: python -m schemas.generate"


def test_a_schema_of_a_type_that_is_gone_is_removed(tmp_path):
    (tmp_path / "crm.gone.json").write_text("{}")
    write(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == SIGNALS.keys() | EVENTS.keys()


@pytest.mark.parametrize("name", [*SIGNALS, *EVENTS])
def test_a_schema_is_a_schema_and_closed(name: str):
    schema = json.loads(IN_THE_TREE[name])
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in schema.get("$defs", {}).values())


@pytest.mark.parametrize("record", STORED_EVENTS, ids=lambda record: dict(record["headers"])["ce_type"])
def test_what_we_publish_fits_its_schema(record: dict[str, Any]):
    name = dict(record["headers"])["ce_type"]
    validator(name).validate(json.loads(record["value"]))
    assert not validator(name).is_valid(json.loads(record["value"]) | {"unheard_of": 1})


@pytest.mark.parametrize("record", STORED_SIGNALS, ids=lambda record: record["says"]["id"])
def test_what_we_understood_fits_its_schema(record: dict[str, Any]):
    validator(record["says"]["type"]).validate(record["says"]["data"])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("crm.activity", {"activity_id": "c1", "channel": "pigeon", "direction": "outbound", "outcome": "met", "automated": False}),
        ("crm.activity", {"activity_id": "c1", "channel": "phone", "direction": "outbound", "outcome": "met", "automated": "no"}),
        ("crm.activity", {"activity_id": "c1", "channel": "phone", "direction": "outbound", "outcome": "met"}),
        ("crm.profile", {"attributes": {"role": {"is": "ceo"}}}),
        ("crm.profile", {"attributes": {"employees": 2**53}}),
        ("crm.profile", {"attributes": {"": 1}}),
        ("crm.assigned", {"rep": "r\t1"}),
        ("crm.opportunity", {"opportunity": "o1", "status": "won", "amount": "1000"}),
        ("marketing.cost", {"campaign": "q4", "amount": 120.5, "currency": "PLN", "period": "2026-10"}),
    ],
)
def test_what_we_refuse_does_not_fit_its_schema(name: str, data: dict[str, Any]):
    assert not validator(name).is_valid(data)
