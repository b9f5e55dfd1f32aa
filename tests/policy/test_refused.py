"""Is each mistake that a policy can have refused, at its field, with what to do?"""

import re
from pathlib import Path

import pytest

from processor.policy_file import PolicyError, check, load_policy

MISREAD = {
    "an unknown key, with the one that was meant": (
        "grace: 30 minutes",
        "graze: 30 minutes\n  grace: 30 minutes",
        "evidence.graze",
        'did you mean "grace"?',
    ),
    "an unknown key at the top": ("policy: acme", "polices: {}\npolicy: acme", "polices", 'did you mean "policy"?'),
    "a missing key": ("  grace: 30 minutes ", "  #", "evidence.grace", "add it to evidence"),
    "a missing section": (
        "attempts: {channels: [phone, email, linkedin], min_spacing: 60 minutes}",
        "",
        "attempts",
        "add it to the policy",
    ),
    "no review date": ("review_on: 2026-12-15", "", "review_on", "the key review_on"),
    "no retention of dead letters": (", dead_letters: 30 calendar_days", "", "retention.dead_letters", "add it to retention"),
    "a mapping where a list belongs": ("met_by: [attempt],", "met_by: {attempt: 1},", "clocks.first_attempt.met_by", "found a mapping"),
    "nothing where something belongs": (
        "  sources: {hubspot: {max_silence: 30 minutes}}",
        "  sources:",
        "evidence.sources",
        "found nothing",
    ),
    "a list that is not one": (
        "handoff_carries: [company, role, employees, industry, country]",
        "handoff_carries: company",
        "profile.handoff_carries",
        "write [company]",
    ),
    "days without their kind": (
        "target: 4 business_hours",
        "target: 4 days",
        "clocks.first_attempt.target",
        "write business_days or calendar_days",
    ),
    "a duration without a unit": ("window: 5 calendar_days", "window: 5", "evidence.window", 'such as "4 business_hours"'),
    "business time where time only elapses": ("grace: 30 minutes", "grace: 30 business_minutes", "evidence.grace", "elapsed"),
    "a target of no time": ("target: 4 business_hours", "target: 0 business_hours", "clocks.first_attempt.target", "longer than nothing"),
    "an instant without its offset": ("2026-10-01T00:00:00+02:00", "2026-10-01T00:00:00", "in_force.from", "with its offset"),
    "a date that does not exist": ("review_on: 2026-12-15", "review_on: 2026-02-30", "review_on", "a date such as 2026-12-24"),
    "a date of another age": ("review_on: 2026-12-15", "review_on: 9999-12-31", "review_on", "a year from 1900 to 2999"),
    "a holiday without a date": ("2026-12-24: ", "24.12.2026: ", "calendars.warsaw.holidays.extra.24.12.2026", "a date such as"),
    "an unknown zone": ("zone: Europe/Warsaw", "zone: Europe/Warszawa", "calendars.warsaw.zone", "such as Europe/Warsaw"),
    "an unknown country": ("country: PL,", "country: XX,", "calendars.warsaw.holidays.country", "such as PL"),
    "an unknown subdivision": ("country: PL,", "country: DE, subdivision: XX,", "calendars.warsaw.holidays.subdivision", "BY"),
    "a window without an end": ('["09:00-17:00"]', '["09:00"]', "calendars.warsaw.week.mon-fri[0]", "09:00-17:00"),
    "a week that wraps": ("mon-fri:", "fri-mon:", "calendars.warsaw.week.fri-mon", "a range does not wrap"),
    "a weekday given twice": (
        '{mon-fri: ["09:00-17:00"]}',
        '{mon-fri: ["09:00-17:00"], fri: []}',
        "calendars.warsaw.week.fri",
        "each weekday once",
    ),
    "an unknown weekday": ("mon-fri:", "monday:", "calendars.warsaw.week.monday", "use mon, tue"),
    "a version that is no number": ("version: 3 ", "version: three", "version", "a whole number from 1"),
    "points with four decimals": ("points: 20}", "points: 20.0001}", "score.fit.rules[0].points", "three decimals"),
    "a share with decimals": ("{at: 80%, tell: owner}", "{at: 80.5%, tell: owner}", "clocks.attempts.steps[0].at", "a whole percentage"),
    "a share without its sign": ("{at: 80%, tell: owner}", "{at: 80, tell: owner}", "clocks.attempts.steps[0].at", '"75%"'),
    "a target over 100%": (
        "withheld_share: {at_most: 5%",
        "withheld_share: {at_most: 101%",
        "targets.marketing.withheld_share.at_most",
        "0% to 100%",
    ),
    "a word that is no truth value": ("icp_only: true", "icp_only: yes", "targets.marketing.mql.icp_only", "true or false"),
    "an owner without a name": ("sales: jan.sales@acme.example", "sales: []", "owners.sales", "found a list"),
    "an owner too few": (", sales: jan.sales@acme.example", "", "owners.sales", "add it to owners"),
    "a team without a manager": ("smb: {manager: piotr@acme.example, ", "smb: {", "teams.smb.manager", "add it to teams.smb"),
    "a rep without room": ("r1: {capacity: 25}", "r1: {capacity: 0}", "teams.enterprise.reps.r1.capacity", "from 1"),
    "a name that is nothing": ("jan.sales@acme.example", "null", "owners.sales", "found nothing"),
    "a rep in two teams": ("reps: {r3: {}, r4: {}}", "reps: {r3: {}, r2: {}}", "teams.mid.reps.r2", "team enterprise has it too"),
    "another word for reassignment": ("on_reassignment: keep", "on_reassignment: kep", "on_reassignment", 'did you mean "keep"?'),
    "a policy whose name breaks ids": ("policy: acme-2026-q4", "policy: acme/q4", "policy", "without / and #"),
}

CONDITIONS = {
    "an unknown operator": ("{at_least: 1000}", "{least: 1000}", "segments.enterprise.when.employees.least", "one of in, not_in, prefix"),
    "two operators on one attribute": (
        "{at_least: 1000}",
        "{at_least: 1000, at_most: 5000}",
        "segments.enterprise.when.employees",
        "between: [low, high]",
    ),
    "no operator": ("{at_least: 1000}", "{}", "segments.enterprise.when.employees", "one operator"),
    "a bound that is no number": ("{at_least: 1000}", "{at_least: many}", "segments.enterprise.when.employees.at_least", "a number"),
    "a range upside down": ("[50, 5000]", "[5000, 50]", "score.fit.rules[2].when.employees.between", "write [50, 5000]"),
    "a range of one end": ("[50, 5000]", "[50]", "score.fit.rules[2].when.employees.between", "two numbers"),
    "one of nothing": ("{in: [saas, manufacturing, consulting]}", "{in: []}", "score.fit.rules[1].when.industry.in", "an empty list"),
    "a list without its operator": (
        "{in: [saas, manufacturing, consulting]}",
        "[saas]",
        "score.fit.rules[1].when.industry",
        "write {in: [...]}",
    ),
    "a missing value as what is wanted": (
        "{in: [saas, manufacturing, consulting]}",
        "false",
        "score.fit.rules[1].when.industry",
        "count as missing",
    ),
    "a prefix of nothing": ("{prefix: /pricing}", "{prefix: ''}", "score.intent.rules[1].when.url.prefix", "starts with"),
    "a word that some readers take for a truth value": (
        "[gmail.com, wp.pl]",
        "[gmail.com, no]",
        "score.fit.rules[3].when.email_domain.in[1]",
        '"no" in quotes',
    ),
}

SCORE = {
    "two ways to decay": (
        "half_life: 14 calendar_days, ",
        "half_life: 14 calendar_days, linear_to_zero: 1 hours, ",
        "score.intent.rules[1]",
        "one way to decay",
    ),
    "an intent rule in an unknown group": (
        "points: 15, half",
        "points: 15, group: events, half",
        "score.intent.rules[2].group",
        "it defines none",
    ),
    "two rules of one name": ("name: webinar", "name: demo_request", "score.intent.rules[2].name", "each name once"),
    "a fast track of an unknown rule": (
        "all: [demo_request, pricing_page]",
        "all: [demo_reqest]",
        "score.fast_tracks.demo_and_pricing.all[0]",
        'did you mean "demo_request"?',
    ),
    "a fast track of nothing": ("all: [demo_request, pricing_page]", "all: []", "score.fast_tracks.demo_and_pricing.all", "at least one"),
    "a threshold with hysteresis above the scale": ("threshold: 80", "threshold: 96", "segments.smb.threshold", "together 100 or less"),
    "a threshold above what the caps sum to": ("cap: 60", "cap: 30", "segments.smb.threshold", "together 80 or less"),
    "a min_fit above the cap": ("threshold: 80, min_fit: 15", "threshold: 80, min_fit: 51", "segments.smb.min_fit", "50 or less"),
    "a fast track's min_fit above the cap": ("min_fit: 10}", "min_fit: 50.5}", "score.fast_tracks.demo_and_pricing.min_fit", "50 or less"),
    "more distinct activities than rules": (
        "min_distinct_activities: 2",
        "min_distinct_activities: 5",
        "score.min_distinct_activities",
        "4 or less",
    ),
}

SEGMENTS = {
    "a segment of an unknown calendar": (
        "team: mid, calendar: warsaw",
        "team: mid, calendar: warszawa",
        "segments.mid_market.calendar",
        'did you mean "warsaw"?',
    ),
    "a segment of an unknown team": (
        "team: mid, calendar",
        "team: middle, calendar",
        "segments.mid_market.team",
        "one of enterprise, mid, smb",
    ),
    "a segment after one that takes all": (
        "{when: {employees: {at_least: 100}}, team: mid",
        "{team: mid",
        "segments.smb",
        "move it before mid_market",
    ),
    "a segment after a wider one": ("{at_least: 1000}", "{at_least: 50}", "segments.mid_market", "move it before enterprise"),
}

CLOCKS = {
    "a clock named like an id": ("acceptance: {opens", "withheld: {opens", "clocks.withheld", "a name other than handoff"),
    "a clock whose name breaks ids": ("acceptance: {opens", "sales/acceptance: {opens", "clocks.sales/acceptance", "use - or _"),
    "a clock that opens at nothing known": (
        "acceptance: {opens: handoff",
        "acceptance: {opens: handof",
        "clocks.acceptance.opens",
        'did you mean "handoff"?',
    ),
    "a clock that nothing can meet": ("met_by: [attempt],", "met_by: [],", "clocks.first_attempt.met_by", "always breached"),
    "a deed that is none": ("met_by: [attempt],", "met_by: [call],", "clocks.first_attempt.met_by[0]", "{attempts: N}"),
    "no attempt at all": ("{attempts: 3}", "{attempts: 0}", "clocks.attempts.met_by[0].attempts", "from 1"),
    "two numbers of attempts": ("{attempts: 3}, contact", "{attempts: 3}, attempt", "clocks.attempts.met_by[1]", "one number of attempts"),
    "a deed given twice": (
        "{attempts: 3}, contact, returned",
        "{attempts: 3}, returned, returned",
        "clocks.attempts.met_by[2]",
        "each once",
    ),
    "attempts without a channel": (
        "channels: [phone, email, linkedin]",
        "channels: []",
        "attempts.channels",
        "acceptance, first_attempt, attempts wait",
    ),
    "a channel that is no way to a person": (
        "channels: [phone, email, linkedin]",
        "channels: [note]",
        "attempts.channels[0]",
        "one of phone",
    ),
    "a step that does nothing": ("{at: 80%, tell: owner}", "{at: 80%}", "clocks.attempts.steps[0]", "neither tell nor do"),
    "a step that tells nobody": ("{at: 80%, tell: owner}", "{at: 80%, tell: []}", "clocks.attempts.steps[0].tell", "at least one role"),
    "a step at the opening": ("{at: 80%, tell: owner}", "{at: 0%, tell: owner}", "clocks.attempts.steps[0].at", "from 1%"),
    "a step that comes before the one above": (
        "{at: 150%, tell: sales_director}",
        "{at: 90%, tell: sales_director}",
        "clocks.first_attempt.steps[2].at",
        "in the order",
    ),
    "a step given twice": (
        "{at: 150%, tell: sales_director}",
        "{at: 100%, tell: sales_director}",
        "clocks.first_attempt.steps[2].at",
        "each instant once",
    ),
    "a step given twice, once as a duration": (
        "{at: 200%, do",
        "{at: +2 business_hours, do",
        "clocks.first_attempt.steps[3].at",
        "each instant once",
    ),
    "a duration after the due before a share up to it": (
        "[{at: 80%, tell: owner}, {at: 100%",
        "[{at: +1 hours, tell: owner}, {at: 100%",
        "clocks.attempts.steps[1].at",
        "in the order",
    ),
    "a return before the due": (
        "[{at: 100%, tell: manager}]",
        "[{at: 90%, do: return_to_marketing}]",
        "clocks.qualification.steps[0].do",
        "more than 100%",
    ),
    "a return at the due": (
        "[{at: 100%, tell: manager}]",
        "[{at: 100%, do: return_to_marketing}]",
        "clocks.qualification.steps[0].do",
        "more than 100%",
    ),
    "a deed that no step can do": ("do: return_to_marketing", "do: call", "clocks.first_attempt.steps[3].do", "return_to_marketing"),
    "a return without its reason": (
        "  no_response_from_sales: ",
        "  no_response: ",
        "clocks.first_attempt.steps[3].do",
        "no_response_from_sales in returns",
    ),
}

RETURNS = {
    "an unknown fault": ("fault: neither", "fault: nobody", "returns.no_budget.fault", "one of marketing, sales, neither"),
    "a reason that says nothing of what follows": (
        "{fault: neither, nurture: {default: budget-cycle}}",
        "{fault: neither}",
        "returns.no_budget",
        "or disqualify: true",
    ),
    "tracks without a default": ("{default: budget-cycle}", "{}", "returns.no_budget.nurture.default", "add it to"),
    "a choice without its track": (", track: executive-brief", "", "returns.too_early.nurture.when[0]", "add track: NAME"),
    "a choice without a condition": ("{role: {in: [ceo]}, track: ", "{track: ", "returns.too_early.nurture.when[0]", "write it as default"),
    "a choice that comes too late": (
        "track: executive-brief}",
        "track: executive-brief}, {role: ceo, track: a}",
        "returns.too_early.nurture.when[1]",
        "move it up",
    ),
    "a stage that no return leaves": ("{role: {in: [ceo]}, ", "{stage: lead, ", "returns.too_early.nurture.when[0].stage", "mql, sal, sql"),
    "a number of returns that is none": (
        "{role: {in: [ceo]}, ",
        "{returns: many, ",
        "returns.too_early.nurture.when[0].returns",
        "{at_least: 2}",
    ),
    "a pause without an end": ("legal_hold: {max: 90 calendar_days}", "legal_hold: {}", "pauses.legal_hold.max", "add it to"),
}

EVIDENCE = {
    "a silence shorter than the grace": (
        "max_silence: 30 minutes",
        "max_silence: 29 minutes",
        "evidence.sources.hubspot.max_silence",
        "raise it, or lower grace",
    ),
    "a window shorter than what may be back-dated": (
        "window: 5 calendar_days",
        "window: 23 hours",
        "evidence.window",
        "or lower max_backdating",
    ),
    "a window over a week": ("window: 5 calendar_days", "window: 8 calendar_days", "evidence.window", "7 calendar_days or less"),
    "a review before the agreement holds": ("review_on: 2026-12-15", "review_on: 2026-09-30", "review_on", "2026-10-01"),
    "a source whose prefix begins another's": (
        "{hubspot: {max_silence: 30 minutes}}",
        "{hubspot/eu: {max_silence: 30 minutes}, hubspot: {max_silence: 30 minutes}}",
        "evidence.sources.hubspot/eu",
        "keep one",
    ),
    "leads that are forgotten before the last word of them": (
        "closed_leads: 400 calendar_days",
        "closed_leads: 4 calendar_days",
        "retention.closed_leads",
        '"5 calendar_days" (evidence.window) or more',
    ),
    "a week without open time": ('["09:00-17:00"]', "[]", "calendars.warsaw.week", "no open time"),
}

TARGETS = {
    "a promise about no clock": (
        "first_attempt_met",
        "first_atempt_met",
        "targets.sales.first_atempt_met",
        'did you mean "first_attempt_met"?',
    ),
    "a promise that nothing measures": ("mql: {count", "happiness: {count", "targets.marketing.happiness", "nothing measures this promise"),
    "a conversion backwards": ("sql_to_won", "won_to_sql", "targets.joint.won_to_sql", "one of lead_to_mql"),
    "a promise without a period": ("at_most: 5%, per: month", "at_most: 5%", "targets.marketing.withheld_share", "no period"),
    "a promise of two periods": (
        "at_most: 5%, per: month",
        "at_most: 5%, per: month, window: 1 hours",
        "targets.marketing.withheld_share",
        "both per and window",
    ),
    "a period that is none": ("per: quarter", "per: quater", "targets.joint.sql_to_won.per", 'did you mean "quarter"?'),
    "a promise of nothing": ("{at_least: 25%, per: quarter}", "{per: quarter}", "targets.joint.sql_to_won.at_least", "add it to"),
}

REFUSED = MISREAD | CONDITIONS | SCORE | SEGMENTS | CLOCKS | RETURNS | EVIDENCE | TARGETS


@pytest.mark.parametrize(("old", "new", "field", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_is(old: str, new: str, field: str, says: str, edited):
    path: Path = edited((old, new))
    errors = [finding for finding in check(path) if finding.severity == "error"]
    assert [error.field for error in errors] == [field]
    assert says in str(errors[0])
    with pytest.raises(PolicyError):
        load_policy(path)


@pytest.mark.parametrize("section", ["calendars", "segments", "clocks"])
def test_a_section_that_may_not_be_empty_says_so(section: str, example: str, tmp_path: Path):
    path = tmp_path / "policy.yaml"
    path.write_text(re.sub(rf"^{section}:.*?(?=^\w)", f"{section}: {{}}\n", example, flags=re.DOTALL | re.MULTILINE))
    assert any(finding.field == section and "at least one" in finding.expected for finding in check(path))
