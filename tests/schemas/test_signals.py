"""A signal's data is exactly what the contract says, or it is refused; nothing is guessed."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.signals import (
    SIGNALS,
    CrmActivity,
    CrmErased,
    CrmHeartbeat,
    CrmOpportunity,
    CrmPaused,
    CrmResumed,
    MarketingActivity,
    MarketingCost,
    MarketingProfile,
    SignalData,
)

CALL = {"activity_id": "c1", "channel": "phone", "direction": "outbound", "outcome": "no_answer", "automated": False}


def read(model: type[SignalData], data: dict[str, Any]) -> Any:
    return model.model_validate_json(json.dumps(data))


def test_every_type_has_a_topic_by_its_first_word():
    assert {(name.split(".")[0], topic) for name, (topic, _) in SIGNALS.items()} == {
        ("marketing", "marketing.events.v1"),
        ("crm", "crm.events.v1"),
    }


@pytest.mark.parametrize("model", [CrmErased, CrmHeartbeat, CrmResumed])
def test_what_needs_no_field_needs_no_field(model: type[SignalData]):
    assert read(model, {}) == model()


def test_unknown_fields_are_ignored_and_kept_out():
    assert read(CrmActivity, CALL | {"mood": "good"}) == read(CrmActivity, CALL)
    assert not hasattr(read(CrmActivity, CALL | {"mood": "good"}), "mood")


def test_a_signal_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        read(CrmActivity, CALL).outcome = "met"


@pytest.mark.parametrize(
    "wrong",
    [
        {"automated": "false"},
        {"automated": 0},
        {"channel": "pigeon"},
        {"outcome": "Connected"},
        {"duration_s": "30"},
        {"duration_s": 1.5},
        {"duration_s": -1},
        {"duration_s": 2**53},
        {"activity_id": 7},
        {"activity_id": ""},
        {"activity_id": "x" * 129},
        {"rep": "r1\n"},
    ],
)
def test_no_kind_of_value_passes_for_another(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        read(CrmActivity, CALL | wrong)


def test_attributes_keep_their_kinds():
    given = {"role": "ceo", "employees": 200, "share": 0.5, "icp": True, "company": None, "technologies": ["kafka", 3, False]}
    kept = read(MarketingProfile, {"attributes": given}).attributes
    assert kept == given | {"technologies": ("kafka", 3, False)}
    assert [type(kept[name]) for name in ("employees", "share", "icp")] == [int, float, bool]


@pytest.mark.parametrize(
    "wrong", ["x" * 4097, 2**53, -(2**53), 10**20, float("nan"), float("inf"), {"a": 1}, [[1]], [None], [{}], ["x"] * 257]
)
def test_an_attribute_is_flat_and_in_bounds(wrong: Any):
    with pytest.raises(ValidationError) as refused:
        read(MarketingProfile, {"attributes": {"role": wrong}})
    assert [error["loc"] for error in refused.value.errors()] == [("attributes", "role")]


def test_properties_are_as_flat_as_attributes():
    assert read(MarketingActivity, {"activity": "page_view", "properties": {"depth": 3}}).properties == {"depth": 3}
    with pytest.raises(ValidationError):
        read(MarketingActivity, {"activity": "page_view", "properties": {"depth": {"x": 3}}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 120},
        {"amount": "1e3"},
        {"amount": "1,5"},
        {"amount": ".5"},
        {"amount": "٣"},
        {"amount": "9" * 16},
        {"currency": "pln"},
        {"currency": "ZŁO"},
        {"currency": ""},
    ],
)
def test_money_is_a_decimal_string_and_a_currency(wrong: dict[str, Any]):
    cost = {"campaign": "q4", "amount": "120.50", "currency": "PLN", "period": "2026-10"}
    assert read(MarketingCost, cost).amount == "120.50"
    with pytest.raises(ValidationError):
        read(MarketingCost, cost | wrong)


def test_an_amount_without_its_currency_is_refused():
    won = {"opportunity": "o1", "status": "won"}
    assert read(CrmOpportunity, won).amount is None
    with pytest.raises(ValidationError, match="currency"):
        read(CrmOpportunity, won | {"amount": "1000"})


def test_an_instant_is_text_in_json_and_microseconds_here():
    paused = read(CrmPaused, {"reason": "legal_hold", "until": "2026-10-16T15:00:00+02:00"})
    assert paused.until == 1_792_155_600_000_000
    assert paused == CrmPaused(reason="legal_hold", until=1_792_155_600_000_000)
    assert json.loads(paused.model_dump_json())["until"] == "2026-10-16T13:00:00Z"


@pytest.mark.parametrize("until", ["2026-10-16T15:00:00", "2026-10-16", "tomorrow", 1_792_155_600, True])
def test_an_instant_without_an_offset_is_refused_in_words_that_do_not_quote_it(until: Any):
    with pytest.raises(ValidationError) as refused:
        read(CrmPaused, {"reason": "legal_hold", "until": until})
    assert "tomorrow" not in refused.value.errors()[0]["msg"]
