"""What we are told: one model of `data` for every type of signal, and the signal itself; how it travels stands in `cloudevents`."""

from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import ConfigDict, Field, model_validator

from schemas.instants import Instant
from schemas.values import Amount, At, Attribute, Currency, Frozen, Note, Seconds, Text, Url, Word

MarketingChannel = Literal["paid", "organic", "event", "referral", "email", "social", "direct", "other"]
ContactChannel = Literal["phone", "email", "linkedin", "meeting", "sms", "whatsapp", "note", "task"]
Direction = Literal["outbound", "inbound"]
Outcome = Literal["connected", "replied", "met", "no_answer", "voicemail", "sent", "delivered", "bounced", "wrong_number", "busy"]
OpportunityStatus = Literal["open", "won", "lost"]
SubjectKind = Literal["lead", "campaign", "nobody"]

NOBODY = "-"  # the subject of what is not about one lead

DELIVERED_OR_RUNG: frozenset[Outcome] = frozenset({"connected", "replied", "met", "no_answer", "voicemail", "sent", "delivered", "busy"})
TWO_WAY: frozenset[Outcome] = frozenset({"connected", "replied", "met"})

Attributes = Annotated[dict[Word, Attribute | None], Field(max_length=256)]


class SignalData(Frozen):
    """The base of every `data` that comes in. `about` says what the record's subject names: a lead, `campaign:<name>`, or nobody (`-`)."""

    about: ClassVar[SubjectKind] = "lead"


class MarketingActivity(SignalData):
    activity: Word
    url: Url | None = None
    asset: Text | None = None
    asset_type: Text | None = None
    campaign: Text | None = None
    channel: MarketingChannel | None = None
    properties: Attributes | None = None


class MarketingProfile(SignalData):
    attributes: Attributes
    """Null removes an attribute."""


class MarketingCost(SignalData):
    about = "campaign"

    campaign: Word
    amount: Amount
    currency: Currency
    period: Word


class CrmProfile(MarketingProfile):
    pass


class CrmAssigned(SignalData):
    rep: Word


class CrmAccepted(SignalData):
    rep: Word | None = None


class CrmReturned(SignalData):
    reason: Word
    rep: Word | None = None
    note: Note | None = None


class CrmQualified(SignalData):
    rep: Word | None = None


class CrmDisqualified(SignalData):
    reason: Word
    rep: Word | None = None


class CrmOpportunity(SignalData):
    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"amount": ["currency"]}})

    opportunity: Word
    status: OpportunityStatus
    amount: Amount | None = None
    currency: Currency | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _an_amount_has_a_currency(self) -> Self:
        if self.amount is not None and self.currency is None:
            raise ValueError("an amount needs its currency")
        return self


class CrmActivity(SignalData):
    activity_id: Word
    channel: ContactChannel
    direction: Direction
    outcome: Outcome
    automated: bool
    rep: Word | None = None
    duration_s: Seconds | None = None


class CrmPaused(SignalData):
    reason: Word
    until: At | None = None
    clock: Word | None = None
    """None: every clock."""


class CrmResumed(SignalData):
    reason: Word | None = None
    until: At | None = None
    clock: Word | None = None
    """None: every clock."""


class CrmReopened(SignalData):
    rep: Word | None = None


class CrmErased(SignalData):
    pass


class CrmMerged(SignalData):
    into: Word
    """The id of the lead that lives on."""


class CrmRep(SignalData):
    about = "nobody"

    rep: Word
    available: bool
    until: At | None = None


class CrmHeartbeat(SignalData):
    about = "nobody"


class Signal(NamedTuple):
    """One thing we were told. (`source`, `id`) identifies it; `occurred` and `recorded` stand as it says them, not yet judged."""

    id: str
    source: str
    type: str
    subject: str
    occurred: Instant
    recorded: Instant
    data: SignalData


MARKETING = "marketing.events.v1"
CRM = "crm.events.v1"

SIGNALS: dict[str, tuple[str, type[SignalData]]] = {
    "marketing.activity": (MARKETING, MarketingActivity),
    "marketing.profile": (MARKETING, MarketingProfile),
    "marketing.cost": (MARKETING, MarketingCost),
    "crm.profile": (CRM, CrmProfile),
    "crm.assigned": (CRM, CrmAssigned),
    "crm.accepted": (CRM, CrmAccepted),
    "crm.returned": (CRM, CrmReturned),
    "crm.qualified": (CRM, CrmQualified),
    "crm.disqualified": (CRM, CrmDisqualified),
    "crm.opportunity": (CRM, CrmOpportunity),
    "crm.activity": (CRM, CrmActivity),
    "crm.paused": (CRM, CrmPaused),
    "crm.resumed": (CRM, CrmResumed),
    "crm.reopened": (CRM, CrmReopened),
    "crm.erased": (CRM, CrmErased),
    "crm.merged": (CRM, CrmMerged),
    "crm.rep": (CRM, CrmRep),
    "crm.heartbeat": (CRM, CrmHeartbeat),
}
