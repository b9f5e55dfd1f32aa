"""One example of every event's data, each optional field used somewhere; what they must hold is claimed by the tests."""

from typing import Any

from schemas.events import (
    Activity,
    Attribution,
    Deadline,
    EventData,
    Evidence,
    HandoffBreachConfirmed,
    HandoffBreached,
    HandoffBreachWithdrawn,
    HandoffClock,
    HandoffCreated,
    HandoffEscalated,
    HandoffIgnored,
    HandoffNurture,
    HandoffNurtureCancelled,
    HandoffReturned,
    HandoffReturnWithdrawn,
    HandoffReviewDue,
    HandoffSourceReturned,
    HandoffSourceSilent,
    HandoffStage,
    HandoffSystemicBreach,
    HandoffSystemicRecovered,
    HandoffWarning,
    HandoffWithheld,
    ScoreLine,
    Touch,
)
from schemas.instants import parse_instant

_OPENED = parse_instant("2026-10-16T13:00:00Z")
_DUE = parse_instant("2026-10-19T09:00:00Z")
_CALLED = parse_instant("2026-10-16T14:59:59.25Z")

_LEAD: dict[str, Any] = {"lead": "Żaneta-7", "policy": "acme-2026-q4", "policy_version": 3}
_CYCLE: dict[str, Any] = _LEAD | {"cycle": "Żaneta-7#1", "segment": "mid_market", "team": "mid", "owner": "r3"}
_OVERALL: dict[str, Any] = {"policy": "acme-2026-q4", "policy_version": 3}
_PROOF = Evidence(id="call-1", source="hubspot/crm", occurred=_CALLED, recorded=_CALLED, logged=_DUE, backdated=True)

EXAMPLES: dict[str, EventData] = {
    "handoff.created": HandoffCreated(
        **_CYCLE,
        trigger="fast_track:demo_and_pricing",
        score=95_000,
        fit=50_000,
        intent=45_000,
        breakdown=(
            ScoreLine(rule="decision_maker", side="fit", points=20_000, decayed=20_000, counted=20_000),
            ScoreLine(rule="demo_request", side="intent", points=30_000, decayed=28_700, counted=28_700),
        ),
        deadlines=(Deadline(clock="acceptance", due=_DUE), Deadline(clock="first_attempt", due=_DUE)),
        attributes={"role": "ceo", "employees": 200, "share": 0.5, "icp": True, "technologies": ("kafka", "python")},
        attribution=Attribution(
            first_touch=Touch(source="google", campaign="q4", channel="paid", occurred=_OPENED), last_touch=Touch(source="direct")
        ),
        activities=(Activity(activity="page_view", occurred=_OPENED, url="/pricing", campaign="q4", channel="paid"),),
        icp=True,
    ),
    "handoff.withheld": HandoffWithheld(**_CYCLE, missing=("campaign", "email_known"), score=48_700, fit=5_000, intent=43_700),
    "handoff.warning": HandoffWarning(**_CYCLE, clock="acceptance", step="75%", due=_DUE, at=_OPENED, tell=("owner",)),
    "handoff.breached": HandoffBreached(
        **_CYCLE, clock="acceptance", due=_DUE, confirms_at=_DUE, tell=("owner", "manager"), stale_sources=("hubspot",)
    ),
    "handoff.breach_confirmed": HandoffBreachConfirmed(**_CYCLE, clock="acceptance", due=_DUE),
    "handoff.breach_withdrawn": HandoffBreachWithdrawn(**_CYCLE, clock="acceptance", due=_DUE, evidence=_PROOF),
    "handoff.escalated": HandoffEscalated(
        **_CYCLE, clock="first_attempt", step="150%", level=1, due=_DUE, at=_DUE, tell=("sales_director",)
    ),
    "handoff.systemic_breach": HandoffSystemicBreach(**_OVERALL, team="mid", figure=0.875, target=0.9, window="5 business_days", count=24),
    "handoff.systemic_recovered": HandoffSystemicRecovered(**_OVERALL, figure=0.93, target=0.9, window="5 business_days", count=28),
    "handoff.source_silent": HandoffSourceSilent(**_OVERALL, since=_OPENED, max_silence="30 minutes"),
    "handoff.source_returned": HandoffSourceReturned(**_OVERALL, since=_OPENED, max_silence="30 minutes"),
    "handoff.review_due": HandoffReviewDue(
        **_OVERALL, review_on="2026-12-15", owners={"marketing": "anna.marketing@acme.example", "sales": "jan.sales@acme.example"}
    ),
    "handoff.returned": HandoffReturned(**_CYCLE, reason="no_response_from_sales", by="clock", fault="sales", clock="first_attempt"),
    "handoff.return_withdrawn": HandoffReturnWithdrawn(**_CYCLE, evidence=_PROOF),
    "handoff.nurture": HandoffNurture(**_CYCLE, track="re-engage", reason="no_response_from_sales", stage="mql", eligible_from=_DUE),
    "handoff.nurture_cancelled": HandoffNurtureCancelled(**_CYCLE),
    "handoff.stage": HandoffStage(**_CYCLE, from_="mql", to="sal", cause="call-1"),
    "handoff.clock": HandoffClock(
        **_CYCLE,
        clock="acceptance",
        state="met",
        due=_DUE,
        at=_CALLED,
        business_s=7199,
        late_by_s=1,
        late_by_elapsed_s=2,
        evidence=_PROOF,
    ),
    "handoff.ignored": HandoffIgnored(**_LEAD, reason="duplicate"),
}
