"""What a first policy says: its body and the words of each industry; numbers stand in `first_policy`, comments in a module of their own."""

from collections.abc import Mapping
from decimal import Decimal
from string import Template
from typing import NamedTuple

from processor.policy_file.first_policy_comments import Lang


class Interest(NamedTuple):
    """How interest shows in an industry, and who buys there: a guess to begin with."""

    hand_raise: str
    page: str
    event: str
    customers: tuple[str, ...]


INTEREST: Mapping[str, Interest] = {
    "saas": Interest("demo_request", "/pricing", "webinar_attended", ("saas", "services", "manufacturing")),
    "it_services": Interest("consultation_request", "/services", "webinar_attended", ("finance", "retail", "manufacturing")),
    "manufacturing": Interest("quote_request", "/products", "trade_fair_visit", ("manufacturing", "construction", "wholesale")),
    "consulting": Interest("consultation_request", "/case-studies", "webinar_attended", ("finance", "manufacturing", "services")),
    "finance": Interest("consultation_request", "/calculator", "webinar_attended", ("services", "retail", "manufacturing")),
    "ecommerce": Interest("contact_request", "/offer", "webinar_attended", ("retail", "wholesale", "manufacturing")),
    "other": Interest("contact_request", "/pricing", "event_attended", ("services", "retail", "manufacturing")),
}
MAILBOXES: Mapping[str, tuple[str, ...]] = {"PL": ("wp.pl", "onet.pl", "o2.pl", "interia.pl"), "DE": ("web.de", "gmx.de", "t-online.de")}


def grouped(amount: Decimal, lang: Lang) -> str:
    """`100,000` or `100 000`; the space does not break."""
    written = f"{amount:,f}"
    return written if lang == "en" else written.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


# `#: name` is one of the comments; `$name` a number or a word.
BODY = Template("""\
#: head
#: examples
policy: pilot-$pilot
#: version
version: 1
in_force: {from: $from}
#: review
review_on: $review
owners: {marketing: head_of_marketing, sales: head_of_sales}

#: calendar
calendars:
  work:
    zone: $zone
    week: {mon-fri: ["09:00-17:00"]}
    holidays: {country: $country}

#: evidence
evidence:
  sources: {}
  grace: 1 hours
  window: 5 calendar_days
  max_backdating: 24 hours

#: profile
profile:
  required_at_handoff: [company, role, source, email_known]
  handoff_carries: [company, role, employees, industry, country, source, campaign]

$segments

#: score
score:
  scale: 100
  min_distinct_activities: 2
  #: fit
  fit:
    cap: 50
    rules:
      - {name: decision_maker, when: {role: {in: [owner, ceo, cfo, cto, head_of_sales, head_of_marketing]}}, points: 20}
      - {name: our_industries, when: {industry: {in: [$customers]}}, points: 15}
      - {name: our_size, when: {employees: {between: [$least_employees, $most_employees]}}, points: 15}
      - {name: free_mailbox, when: {email_domain: {in: [$mailboxes]}}, points: -10}
  #: intent
  intent:
    cap: 60
    rules:
      - {name: hand_raise, when: {activity: $hand_raise}, points: 30, half_life: $fades, cap: 40}
      - {name: page, when: {activity: page_view, url: {prefix: $page}}, points: 12, half_life: $fades, per_day: 2, cap: 24}
      - {name: event, when: {activity: $event}, points: 15, half_life: $fades, cap: 30}
      - {name: download, when: {activity: content_download}, points: 8, half_life: $fades, cap: 16}
      - {name: unsubscribed, when: {activity: unsubscribed}, points: -40}
  #: fast_track
  fast_tracks:
    asked: {all: [hand_raise, page], within: $fast_track calendar_days, min_fit: 10}

#: attempts
attempts: {channels: [phone, email, linkedin], min_spacing: 60 minutes}

#: clocks
clocks:
  #: acceptance
  acceptance:
    opens: handoff
    met_by: [accepted, returned, attempt]
    target: $acceptance business_hours
    steps: [{at: 100%, tell: [owner, manager]}]
  #: $first_attempt
  first_attempt:
    opens: handoff
    met_by: [attempt]
    target: $hours business_hours
    steps: [{at: 75%, tell: owner}, {at: 100%, tell: [owner, manager]}, {at: 150%, tell: manager}]
  #: enough_attempts
  attempts:
    opens: handoff
    met_by: [{attempts: $attempts}, contact, returned, qualified]
    target: $attempt_days business_days
    steps: [{at: 80%, tell: owner}, {at: 100%, tell: [owner, manager]}]
  #: qualification
  qualification:
    opens: accepted
    met_by: [qualified, returned, disqualified]
    target: $qualification business_days
    steps: [{at: 100%, tell: [owner, manager]}]

#: pauses
pauses: {asked_for_later: {max: 30 calendar_days}}
on_reassignment: keep

#: returns
returns:
  too_early: {fault: marketing, nurture: {default: education}}
  no_budget: {fault: neither, nurture: {default: budget}}
  wrong_contact: {fault: marketing, nurture: {default: find_the_buyer}}
  not_our_customer: {fault: marketing, disqualify: true}
  no_response_from_sales: {fault: sales, nurture: {default: back_to_sales}}
#: requalify
requalify: {cool_down: $cool_down calendar_days, hysteresis: 5, fast_track_skips_cool_down: true}

#: teams
teams:
$teams

#: targets
targets:
  marketing: {withheld_share: {at_most: 10%, per: month, min_count: 20}}
  sales: {first_attempt_met: {at_least: 80%, window: 20 business_days, min_count: 20}}
  joint: {mql_to_sql: {at_least: 20%, per: quarter, min_count: 30}}

retention: {closed_leads: $kept calendar_days, dead_letters: 30 calendar_days}
""")
