"""What an agreement came to, as numbers that add up over leads; how they come about (outcome) and how they are shown stay outside."""

from array import array
from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import date
from math import ceil
from typing import Literal, NamedTuple

Verdict = Literal["opened", "met", "met_late", "breached", "cancelled", "running", "withdrawn"]
Load = Literal["handoffs", "attempts"]
Kind = Literal["handed_off", "withheld", "breached", "returned"]


class Change(NamedTuple):
    """A way in which a lead can come out otherwise; `clock` is empty where it is about none."""

    what: Kind
    clock: str = ""


@dataclass(frozen=True)
class Tally:
    """Of `clocks` the last verdict of each counts: `breached` was never done, `met_late` was done after its breach. Beside the verdicts
    stand how many opened, and how often a breach was withdrawn."""

    refused: Counter[str] = field(default_factory=Counter)  # signals, by reason
    handoffs: Counter[str] = field(default_factory=Counter)  # by trigger
    withheld: int = 0  # cycles that were, completed later or not
    clocks: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    returns: Counter[tuple[str, str]] = field(default_factory=Counter)  # reason, by; those that stand
    returns_withdrawn: int = 0
    load: Counter[tuple[str, date, Load]] = field(default_factory=Counter)  # by rep and local day
    first_attempts: "array[int]" = field(default_factory=lambda: array("q"))  # seconds as their clock counts them, in no order
    first_attempts_elapsed: "array[int]" = field(default_factory=lambda: array("q"))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def compliance(self, clock: str) -> float | None:
        """The share that was met on time, of those with a verdict; done late is a breach, and cancelled is none."""
        met = self.clocks[clock, "met"]
        judged = met + self.clocks[clock, "met_late"] + self.clocks[clock, "breached"]
        return met / judged if judged else None


def quantile(values: "array[int]", share: float) -> int | None:
    """The smallest value that so large a share does not exceed; None of no values."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(len(values) * share) - 1)]
