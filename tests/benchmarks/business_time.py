"""What business time costs, ours and the libraries': the same questions, and the same answers, about the sample agreement's calendar.

`python -m tests.benchmarks.business_time WHO` prints microseconds a question, and what the answers add up to.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from datetime import time as clock_time
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from holidays import country_holidays

from processor.policy_file import load_policies
from schemas.instants import SECOND, parse_instant
from tests.benchmarks.decisions import POLICY
from tests.benchmarks.peers import fetched
from tests.benchmarks.processes import answer, module
from tests.benchmarks.report import HOLIDAYS, OURS, TIMEDELTA, Figure, Gap, Kind, Target
from tests.benchmarks.turns import Asked, Contestant, Say, in_turns

ADD = Kind("business time, add 6 hours", "µs", "less")
BETWEEN = Kind("business time, between, a week or so", "µs", "less")
DAYS = Kind("business time, 5 days later", "µs", "less")
HOURS, WORKING_DAYS = 6, 5
FIRST = parse_instant("2026-10-01T00:00:00Z") // SECOND
WITHIN_S = 60 * 86_400  # of the first: All Saints, Independence, clocks set back
SAID_WITHIN_S = 120
ZONE = ZoneInfo("Europe/Warsaw")

Question = Callable[[int, int], int]  # two instants in seconds, to seconds


class BusinessTime(NamedTuple):
    questions: int  # a library that is slow is asked a hundredth of them
    turns: int
    peers: bool = True


def business_time(scale: BusinessTime, say: Say) -> list[Figure | Gap]:
    few = max(10, scale.questions // 100)
    few_answers: dict[str, int] = {}

    def run(who: str, count: int, environment: Mapping[str, str]) -> list[float]:
        answers, costs = answer(module("business_time", who, few, count), environment, SAID_WITHIN_S)
        for kind, total in answers.items():
            assert few_answers.setdefault(kind, total) == total, f"{kind}: {who}'s answers differ from the others'"
        return list(costs)

    five = Target(5, "≤ 5 µs")
    contestants = [
        Contestant(
            OURS,
            [Asked(kind, f"{scale.questions:,}", five if kind != DAYS else None) for kind in (ADD, BETWEEN, DAYS)],
            lambda _: run("ours", scale.questions, {}),
        ),
        Contestant(HOLIDAYS, [Asked(DAYS, f"{few:,}")], lambda _: run("holidays", few, {})),
    ]
    if scale.peers:
        contestants.append(
            Contestant(
                TIMEDELTA,
                [Asked(ADD, f"{few:,}"), Asked(BETWEEN, f"{few:,}")],
                lambda _: run("businesstimedelta", few, {"PYTHONPATH": str(fetched.packages())}),
            )
        )
    return in_turns(contestants, scale.turns, say)


def _ours() -> Mapping[str, Question]:
    (policy,) = load_policies(POLICY).versions
    (calendar,) = policy.calendars.values()
    add, between, add_days, span = calendar.add, calendar.between, calendar.add_days, HOURS * 3_600 * SECOND
    return {
        "add": lambda start, _: add(start * SECOND, span) // SECOND,
        "between": lambda start, end: between(start * SECOND, end * SECOND) // SECOND,
        "days": lambda start, _: add_days(start * SECOND, WORKING_DAYS) // SECOND,
    }


def _holidays() -> Mapping[str, Question]:
    """It knows days, not hours: of an open instant."""
    poland = country_holidays("PL")

    def days(start: int, _: int) -> int:
        wall = datetime.fromtimestamp(start, ZONE)
        day = poland.get_nth_working_day(wall.date(), WORKING_DAYS)
        return int(datetime.combine(day, wall.time(), ZONE).timestamp())

    return {"days": days}


def _businesstimedelta() -> Mapping[str, Question]:
    import businesstimedelta as library  # type: ignore[import-not-found] # noqa: PLC0415 - fetched for this alone
    import pytz  # type: ignore[import-untyped] # noqa: PLC0415 - same

    zone = pytz.timezone("Europe/Warsaw")
    day = library.WorkDayRule(start_time=clock_time(9), end_time=clock_time(17), working_days=list(range(5)), tz=zone)
    lunch = library.LunchTimeRule(start_time=clock_time(12), end_time=clock_time(13), working_days=list(range(5)), tz=zone)
    rules = library.Rules([day, lunch, library.HolidayRule(country_holidays("PL"), tz=zone)])
    span = library.BusinessTimeDelta(rules, hours=HOURS)

    def between(start: int, end: int) -> int:
        found: Any = rules.difference(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
        return int(found.timedelta.total_seconds())

    return {"add": lambda start, _: int((datetime.fromtimestamp(start, UTC) + span).timestamp()), "between": between}


WHO: Mapping[str, Callable[[], Mapping[str, Question]]] = {"ours": _ours, "holidays": _holidays, "businesstimedelta": _businesstimedelta}


def _asked(count: int) -> list[tuple[int, int]]:
    """Starts in open time, each with an end some days later."""
    rng, found = Random(0), list[tuple[int, int]]()
    free = {date(2026, 11, 1), date(2026, 11, 11)}
    while len(found) < count:
        start = FIRST + rng.randrange(WITHIN_S)
        wall = datetime.fromtimestamp(start, ZONE)
        if wall.weekday() < 5 and wall.date() not in free and (9 <= wall.hour < 12 or 13 <= wall.hour < 17):
            found.append((start, start + rng.randrange(10 * 86_400)))
    return found


def _costs(question: Question, pairs: Sequence[tuple[int, int]]) -> float:
    began = time.process_time()
    for start, end in pairs:
        question(start, end)
    return 1e6 * (time.process_time() - began) / len(pairs)


def main(who: str, few: int, count: int) -> None:
    questions, pairs = WHO[who](), _asked(count)
    answers = {kind: sum(question(start, end) for start, end in pairs[:few]) for kind, question in questions.items()}
    sys.stdout.write(json.dumps([answers, [_costs(question, pairs) for question in questions.values()]]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
