"""A comparison as plain values, for programs; tables for people are made elsewhere (processor.cli.side_by_side)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from processor.backtest import Comparison
from processor.backtest.tally import Tally, Verdict, quantile
from processor.domain.policy import Policies

VERDICTS: tuple[Verdict, ...] = ("opened", "met", "met_late", "breached", "withdrawn", "cancelled", "running")


def as_values(comparison: Comparison, agreements: tuple[Policies, Policies], most: int | None) -> dict[str, Any]:
    """`most`: how many leads are named of each kind that changes sides, None: all of them."""
    one, other = (
        {"versions": [policy.key for policy in policies.versions]} | _values(tally)
        for policies, tally in zip(agreements, comparison.tallies, strict=True)
    )
    return {
        "lines": comparison.lines,
        "bad": comparison.bad,
        "policy": one,
        "against": other,
        "change_sides": [
            {
                "what": what,
                **({"clock": clock} if clock else {}),
                "policy_only": _named(only_one, most),
                "against_only": _named(only_other, most),
            }
            for (what, clock), (only_one, only_other) in comparison.sides.items()
        ],
    }


def _values(tally: Tally) -> dict[str, Any]:
    return {
        "refused": dict(tally.refused),
        "handoffs": {"total": tally.handoffs.total(), "by_trigger": dict(tally.handoffs)},
        "withheld": tally.withheld,
        "clocks": {
            clock: {verdict: tally.clocks[clock, verdict] for verdict in VERDICTS} | {"compliance": tally.compliance(clock)}
            for clock in clocks_of(tally)
        },
        "returns": [{"reason": reason, "by": by, "count": count} for (reason, by), count in sorted(tally.returns.items())],
        "returns_withdrawn": tally.returns_withdrawn,
        "first_attempt": {
            "count": len(tally.first_attempts),
            "median_s": quantile(tally.first_attempts, 0.5),
            "p90_s": quantile(tally.first_attempts, 0.9),
            "median_elapsed_s": quantile(tally.first_attempts_elapsed, 0.5),
            "p90_elapsed_s": quantile(tally.first_attempts_elapsed, 0.9),
        },
        "load": list(_load(tally)),
    }


def clocks_of(*tallies: Tally) -> list[str]:
    return sorted({clock for tally in tallies for clock, _ in tally.clocks})


def _load(tally: Tally) -> Iterable[Mapping[str, Any]]:
    days: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"handoffs": 0, "attempts": 0})
    for (rep, day, what), count in tally.load.items():
        days[rep, day.isoformat()][what] += count
    return [{"rep": rep, "day": day} | counts for (rep, day), counts in sorted(days.items())]


def _named(leads: list[str], most: int | None) -> dict[str, Any]:
    return {"count": len(leads), "leads": leads[:most]}
