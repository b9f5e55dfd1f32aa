"""What a drawn policy is put together from: duties, and marketing's side; how it is put together is told elsewhere."""

from collections.abc import Mapping
from random import Random
from typing import Any

Words = dict[str, Any]

CLOCKS: Mapping[str, Words] = {
    "acceptance": {
        "opens": "handoff",
        "met_by": (["accepted", "returned", "attempt"], ["accepted", "returned"], ["accepted", "attempt"]),
        "targets": ("6 business_hours", "45 minutes", "1 business_days"),
        "returns": 0.2,
    },
    "first_attempt": {
        "opens": "handoff",
        "met_by": (["attempt"], ["attempt", "contact"]),
        "targets": ("4 business_hours", "5 minutes", "90 minutes", "2 business_hours"),
        "returns": 0.7,
    },
    "attempts": {
        "opens": "handoff",
        "met_by": ([{"attempts": 3}, "contact", "returned", "qualified"], [{"attempts": 2}], [{"attempts": 4}, "contact"]),
        "targets": ("5 business_days", "2 business_days", "20 business_hours", "4 calendar_days"),
        "returns": 0.2,
    },
    "owner_call": {
        "opens": "assigned",
        "met_by": (["attempt"], ["contact", "returned"]),
        "targets": ("3 business_hours", "1 business_days", "100 minutes"),
        "returns": 0.3,
    },
    "conversation": {"opens": "handoff", "met_by": (["contact"],), "targets": ("2 business_days", "30 business_hours"), "returns": 0.4},
    "qualification": {
        "opens": "accepted",
        "met_by": (["qualified", "returned", "disqualified"], ["qualified"]),
        "targets": ("15 business_days", "3 business_days", "48 hours"),
        "returns": 0.3,
    },
    "proposal": {"opens": "accepted", "met_by": (["opportunity"],), "targets": ("4 business_days", "72 hours"), "returns": 0.1},
}


def score(rng: Random) -> Words:
    decay = rng.choice(({"half_life": "30 calendar_days"}, {"half_life": "4 calendar_days"}, {"linear_to_zero": "20 calendar_days"}, {}))
    group = {"group": "content"} if rng.random() < 0.5 else {}
    rules = [
        {"name": "demo_request", "when": {"activity": "demo_request"}, "points": 30, **decay, "cap": 40},
        {
            "name": "pricing_page",
            "when": {"activity": "page_view", "url": {"prefix": "/pricing"}},
            "points": 12.5,
            **decay,
            "cap": 25,
            "per_day": 2,
        },
        {"name": "webinar", "when": {"activity": "webinar_attended"}, "points": 15, **decay, **group},
        {
            "name": "report",
            "when": {"activity": "content_download", "asset_type": {"in": ["report", "ebook"]}},
            "points": 8,
            **group,
            "cap": 16,
        },
        {"name": "blog", "when": {"activity": "page_view", "url": "/blog"}, "points": 1},
        {"name": "unsubscribed", "when": {"activity": "unsubscribed"}, "points": -25},
    ]
    intent: Words = {"cap": 60, "rules": rules}
    if group:
        intent["groups"] = {"content": {"cap": 20}}
    return {
        "scale": 100,
        "min_distinct_activities": rng.choice((1, 2)),
        "fit": {
            "cap": 50,
            "rules": [
                {"name": "decider", "when": {"role": {"in": ["ceo", "cto"]}}, "points": 20},
                {"name": "industry", "when": {"industry": "saas"}, "points": 15},
                {"name": "size", "when": {"employees": {"between": [50, 5000]}}, "points": 15},
                {"name": "no_shop", "when": {"technologies": {"not_in": ["shopify"]}}, "points": 2},
                {"name": "mailbox", "when": {"email_domain": {"in": ["gmail.com"]}}, "points": -10},
            ],
        },
        "intent": intent,
        "fast_tracks": {
            "demo_and_pricing": {"all": ["demo_request", "pricing_page"], "within": "3 calendar_days", "min_fit": rng.choice((0, 10))}
        },
    }
