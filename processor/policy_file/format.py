"""The format of a policy file: every key with what it may hold and a sentence for whoever writes it; reading and judging stay outside."""

from decimal import Decimal
from typing import Any, get_args

from processor.domain.conditions import Operator
from processor.domain.durations import UNITS, parse_duration
from processor.domain.policy import Deed, Fault, Opens
from processor.policy_file.shapes import Choices, Condition, Key, Listed, Named, Names, OneOf, Scalar, Section, Shape, Week
from schemas.instants import parse_instant
from schemas.signals import ContactChannel

OPENINGS: tuple[Opens, ...] = get_args(Opens)
DEEDS: tuple[Deed, ...] = get_args(Deed)
FAULTS: tuple[Fault, ...] = get_args(Fault)
OPERATORS: tuple[str, ...] = tuple(word for word in get_args(Operator) if word != "equals")  # equality is the bare value
CHANNELS = tuple(channel for channel in get_args(ContactChannel) if channel not in ("note", "task"))  # semantics §6: neither is an attempt
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PERIODS = ("day", "week", "month", "quarter", "year")
RETURN = "return_to_marketing"
WORDS_OF_IDS = ("handoff", "withheld", "returned", "nurture", "stage")  # `<cycle>/<word>` is an event already (events.md)
NAME_LENGTH_MAX = 128  # as of every name in the events
_STAGES = ("lead", "mql", "sal", "sql", "opportunity", "won")  # in the order in which a cohort reaches them
RATIOS = tuple(f"{earlier}_to_{later}" for n, earlier in enumerate(_STAGES) for later in _STAGES[n + 1 :])


def _may(says: str, of: Shape, default: str | None = None) -> Key:
    """A key that may be left out."""
    return Key(says, of, optional=True, default=default)


def _word(*words: str) -> Scalar:
    return Scalar({"enum": list(words)})


def _text(pattern: str, *examples: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})$", "examples": list(examples)}


def _duration(measures: tuple[str, ...], amount: str, *examples: str) -> Scalar:
    units = "|".join(f"{unit}?" for unit, (_, measure) in UNITS.items() if measure in measures)
    return Scalar(_text(f"{amount} +({units})", *examples), _length)


def _length(text: str) -> tuple[int, str]:
    duration = parse_duration(text)
    return duration.amount, duration.measure


_ANY, _ELAPSED = ("elapsed", "open", "open_days"), ("elapsed",)
_SOME, _SOME_OR_NONE = "0*[1-9][0-9]*", "[0-9]+"
_YEAR, _DAY = "(19|2[0-9])[0-9]{2}", "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"

# A name may look like a number or a truth value: `policy: 2026` is called "2026".
NAME = Scalar({"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": NAME_LENGTH_MAX})
WHOLE = Scalar({"type": "integer", "minimum": 1, "maximum": 999_999_999}, int)
COUNT = Scalar({"type": "integer", "minimum": 0, "maximum": 999_999_999}, int)
POINTS = Scalar({"type": "number", "exclusiveMinimum": -1_000_000, "exclusiveMaximum": 1_000_000}, Decimal)
POSITIVE_POINTS = Scalar({"type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000}, Decimal)
SCALE = Scalar({"type": "number", "minimum": 1, "exclusiveMaximum": 1_000_000}, Decimal)
PERCENT = Scalar(_text("(100|[1-9]?[0-9])%", "90%"))
FLAG = Scalar({"type": "boolean"})
DATE = Scalar(_text(f"{_YEAR}-{_DAY}", "2026-12-24") | {"format": "date"})
_CLOCK_TIME = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
INSTANT = Scalar(_text(f"{_YEAR}-{_DAY}{_CLOCK_TIME}", "2026-10-01T00:00:00+02:00") | {"format": "date-time"}, parse_instant)
DURATION = _duration(_ANY, _SOME, "4 business_hours", "5 business_days", "2 hours")
SPAN = _duration(_ELAPSED, _SOME, "30 minutes", "14 calendar_days")
SPAN_OR_NONE = _duration(_ELAPSED, _SOME_OR_NONE, "30 minutes", "14 calendar_days")
WINDOW = Scalar(_text("([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)", "09:00-17:00"))
_AFTER_DUE = DURATION.schema["pattern"][2:-2]
STEP_AT = Scalar(_text(rf"[1-9][0-9]{{0,3}}%|\+{_AFTER_DUE}", "75%", "100%", "150%", "+2 business_hours"))

_WINDOWS = Names(WINDOW)
_DATES = {"pattern": DATE.schema["pattern"]}
_CONDITION = Condition()
_WHEN = _may("Only where all of this holds of the lead's attributes; without it: always.", _CONDITION)

HOLIDAYS = Section(
    {
        "country": _may("Two letters, such as PL: its public holidays are closed.", NAME),
        "subdivision": _may("A region of the country, such as BY of DE.", NAME),
        "extra": _may("Further closed dates with their names.", Named(NAME, _DATES)),
    }
)
CALENDAR = Section(
    {
        "zone": Key("IANA time zone, such as Europe/Warsaw.", NAME),
        "week": Key('Open windows by weekday or range: mon-fri: ["09:00-17:00"]; one may cross midnight.', Week(_WINDOWS)),
        "holidays": _may("Dates on which it is closed.", HOLIDAYS),
        "exceptions": _may("Dates with windows of their own, [] where closed; they beat holidays.", Named(_WINDOWS, _DATES)),
    }
)
SOURCE = Section({"max_silence": Key("How long it may send no heartbeat before it counts as silent.", SPAN)})
EVIDENCE = Section(
    {
        "grace": Key("How long after its due a breach stays provisional.", SPAN_OR_NONE),
        "window": Key("How late word of a deed may come and still count; at most 7 calendar_days.", SPAN_OR_NONE),
        "max_backdating": Key("A CRM record dated further back counts from when it was written.", SPAN_OR_NONE),
        "sources": _may("Prefixes of CloudEvents sources that prove themselves alive by heartbeats.", Named(SOURCE)),
    }
)
PROFILE = Section(
    {
        "required_at_handoff": Key("Attributes that marketing owes: a lead without one is withheld.", Names(NAME)),
        "handoff_carries": Key("Attributes that the handoff shows to sales.", Names(NAME)),
    }
)
SEGMENT = Section(
    {
        "team": Key("The team that gets its leads.", NAME),
        "calendar": Key("The calendar in which its clocks run.", NAME),
        "threshold": Key("The score from which a lead is handed off.", POSITIVE_POINTS),
        "min_fit": Key("The fit that it needs besides.", POINTS),
        "when": _WHEN,
    }
)
FIT_RULE = Section(
    {
        "name": Key("As the score's breakdown calls it.", NAME),
        "when": Key("Attributes of the lead.", _CONDITION),
        "points": Key("For as long as it holds; may be negative.", POINTS),
    }
)
FIT = Section({"cap": Key("The most that fit can give.", POSITIVE_POINTS), "rules": Key("Who the lead is.", Listed(FIT_RULE, "name"))})
INTENT_RULE = Section(
    {
        "name": Key("As the score's breakdown and the fast tracks call it.", NAME),
        "when": Key("The activity: activity, url, asset, asset_type, campaign, channel and its properties.", _CONDITION),
        "points": Key("For each such activity; may be negative.", POINTS),
        "half_life": _may("Points halve in this time.", SPAN),
        "linear_to_zero": _may("Points wear off evenly in this time.", SPAN),
        "cap": _may("The most that this rule can give.", POSITIVE_POINTS),
        "per_day": _may("How many count on one day.", WHOLE),
        "group": _may("Rules of one group share its cap.", NAME),
    },
    {"not": {"required": ["half_life", "linear_to_zero"]}},
)
GROUP = Section({"cap": Key("The most that the rules of this group can give together.", POSITIVE_POINTS)})
INTENT = Section(
    {
        "cap": Key("The most that intent can give.", POSITIVE_POINTS),
        "rules": Key("What the lead does.", Listed(INTENT_RULE, "name")),
        "groups": _may("Caps that rules share.", Named(GROUP)),
    }
)
FAST_TRACK = Section(
    {
        "all": Key("Intent rules that must all have matched.", Names(NAME, least=1)),
        "within": Key("In this time, up to now.", SPAN),
        "min_fit": _may("In place of the segment's; none: no minimum.", POINTS),
    }
)
SCORE = Section(
    {
        "scale": Key("The highest score.", SCALE),
        "min_distinct_activities": Key("How many different intent rules must have matched.", COUNT),
        "fit": Key("Points for who the lead is.", FIT),
        "intent": Key("Points for what the lead does, which wear off.", INTENT),
        "fast_tracks": _may("Combinations that need no threshold; the first that holds is named.", Named(FAST_TRACK, in_order=True)),
    }
)
ATTEMPTS = Section(
    {
        "channels": Key("What counts as an attempt to reach the lead.", Names(_word(*CHANNELS))),
        "min_spacing": Key("The least time between two attempts that both count.", SPAN_OR_NONE),
    }
)
ENOUGH_ATTEMPTS = Section({"attempts": Key("So many qualifying attempts.", WHOLE)})
STEP = Section(
    {
        "at": Key("A share of the target, or a duration after the due.", STEP_AT),
        "tell": _may("Roles that are told: owner, manager, or any word that whoever notifies knows.", Names(NAME, 1, bare=True)),
        "do": _may("Takes the lead back to marketing, after a confirmed breach.", _word(RETURN)),
    },
    {"anyOf": [{"required": ["tell"]}, {"required": ["do"]}]},
)
CLOCK = Section(
    {
        "opens": Key("With the handoff, with an owner, or when sales has accepted.", _word(*OPENINGS)),
        "met_by": Key(
            "What does the duty: any of these.",
            Names(OneOf(_word("attempt", *DEEDS), ENOUGH_ATTEMPTS), 1, value=lambda text: "{attempts: 1}" if text == "attempt" else text),
        ),
        "target": Key("Due so long after opening.", DURATION),
        "steps": _may("Whom to tell on the way, and what to do after the due; in order.", Listed(STEP, "at")),
    }
)
PAUSE = Section({"max": Key("The longest in one cycle, all pauses for this reason together.", SPAN)})
TRACK_CHOICE = Condition({"track": Key("The nurture track.", NAME)})
NURTURE = Section(
    {
        "default": Key("The track where no choice holds.", NAME),
        "when": _may("By attributes, `stage` (the one left) and `returns` (earlier ones).", Choices(TRACK_CHOICE)),
    }
)
RETURN_REASON = Section(
    {
        "fault": Key("The side against which it counts.", _word(*FAULTS)),
        "nurture": _may("Where the lead goes.", NURTURE),
        "disqualify": _may("The lead is never handed off again, unless reopened.", FLAG, "false"),
    },
    {"anyOf": [{"required": ["nurture"]}, {"required": ["disqualify"], "properties": {"disqualify": {"const": True}}}]},
)
REQUALIFY = Section(
    {
        "cool_down": Key("How long a returned lead stays with marketing at least.", SPAN_OR_NONE),
        "hysteresis": Key("Points above the threshold that it then needs.", POSITIVE_POINTS),
        "fast_track_skips_cool_down": _may("Whether a fast track need not wait.", FLAG, "false"),
    }
)
REP = Section({"capacity": _may("Leads in work at one time.", WHOLE)})
TEAM = Section({"manager": Key("Who is told for the team.", NAME), "reps": Key("As the CRM calls them.", Named(REP))})


def _target(promise: str, says: str, of: Scalar, *more: tuple[str, Key]) -> Section:
    period = _may("Measured over each of these.", _word(*PERIODS))
    window = _may("Measured over the last such time.", DURATION)
    one_period = {"oneOf": [{"required": ["per"]}, {"required": ["window"]}]}
    return Section({promise: Key(says, of), "per": period, "window": window, **dict(more)}, one_period)


_MIN_COUNT = ("min_count", _may("With fewer there is no verdict.", WHOLE))
_ICP_ONLY = ("icp_only", _may("Only leads whose fit reaches the segment's min_fit.", FLAG, "false"))
COUNT_TARGET = _target("count", "At least so many.", WHOLE, _ICP_ONLY)
LEAST_TARGET = _target("at_least", "At least this share.", PERCENT, _MIN_COUNT)
MOST_TARGET = _target("at_most", "At most this share.", PERCENT, _MIN_COUNT)

OF_MARKETING = Section(
    {
        "mql": _may("Handoffs made.", COUNT_TARGET),
        "withheld_share": _may("Leads that passed the gate incomplete.", MOST_TARGET),
    }
)
OF_BOTH = Section(
    {ratio: _may(f"Of those that became {ratio.replace('_to_', ', the share that became ')}.", LEAST_TARGET) for ratio in RATIOS}
)
TARGETS = Section(
    {
        "marketing": _may("What marketing promises.", OF_MARKETING),
        "sales": _may("What sales promises: of each clock, the share done in time.", Named(LEAST_TARGET, {"pattern": "_met$"})),
        "joint": _may("What both promise: conversions.", OF_BOTH),
    }
)
OWNERS = Section({side: Key(f"Who answers for {side}.", NAME) for side in ("marketing", "sales")})
RETENTION = Section(
    {
        "closed_leads": Key("How long a lead is remembered after its last cycle; at least evidence.window.", SPAN),
        "dead_letters": Key("How long records that could not be judged are kept.", SPAN),
    }
)
IN_FORCE = Section({"from": Key("The instant, with its offset.", INSTANT)})

_SAFE_NAME = Scalar({**NAME.schema, "pattern": "^[^/#]+$"})
_CLOCK_NAMES = {"pattern": f"^(?!({'|'.join(WORDS_OF_IDS)})$)[^/#]+$"}

POLICY = Section(
    {
        "policy": Key("The agreement's name; part of what a handoff is pinned to.", _SAFE_NAME),
        "version": Key("Counts up; a new version never moves a promise already made.", WHOLE),
        "in_force": Key("From when this version rules.", IN_FORCE),
        "review_on": Key("When both sides look at it again; fixed in advance.", DATE),
        "owners": Key("Who signs for each side.", OWNERS),
        "calendars": Key("When work is done; the first is also that of the figures.", Named(CALENDAR, least=1, in_order=True)),
        "evidence": Key("How late word may come, and who must prove that it would come.", EVIDENCE),
        "profile": Key("What must be known of a lead.", PROFILE),
        "segments": Key("Kinds of leads; the first that matches counts.", Named(SEGMENT, least=1, in_order=True)),
        "score": Key("When a lead is ready.", SCORE),
        "attempts": Key("What an attempt is.", ATTEMPTS),
        "clocks": Key("What sales owes, and by when.", Named(CLOCK, _CLOCK_NAMES, least=1, in_order=True)),
        "returns": Key("Reasons for which a lead goes back.", Named(RETURN_REASON)),
        "requalify": Key("What a returned lead needs to come again.", REQUALIFY),
        "teams": Key("Who works the leads.", Named(TEAM)),
        "targets": Key("What each side promises of a period.", TARGETS),
        "retention": Key("How long things are kept.", RETENTION),
        "pauses": _may("Reasons for which clocks may stand still.", Named(PAUSE)),
        "on_reassignment": _may("Whether running clocks go on or start again.", _word("keep", "restart"), "keep"),
    }
)
