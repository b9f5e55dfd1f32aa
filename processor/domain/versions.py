"""Which versions of the agreement may come beside, or in place of, those that already rule; where they are read from stays outside.

What is decided stands: a version that has ruled, of which a cycle may still hold the promises, says for ever what it has said, and none
may begin to rule in the past. So whoever replays the log with the versions that are there now decides the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from processor.domain.policy import Policies, Policy
from schemas.instants import Instant, format_instant

Ruled = Mapping[str, str]
"""The versions that have been in force, in their order: key to digest."""

DIGITS = 12


class UnfitPolicies(Exception):
    """The agreement contradicts what was decided; a sentence for each version: what was found, what was expected, what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(sentences)
        self.sentences = sentences

    def __str__(self) -> str:
        return "; ".join(self.sentences)


@cache
def digest(policy: Policy) -> str:
    """Twelve hexadecimal digits that are others if the version says anything else; the same in every process."""
    said = repr([(each.name, _plain(getattr(policy, each.name))) for each in fields(policy) if each.init])
    return sha256(said.encode()).hexdigest()[:DIGITS]


def ruling(policies: Policies, reached: Instant) -> dict[str, str]:
    """Those in force up to the instant; the first version rules whatever comes before it."""
    return {policy.key: digest(policy) for n, policy in enumerate(policies.versions) if n == 0 or policy.in_force_from <= reached}


def contradictions(policies: Policies, ruled: Ruled, reached: Instant, needed: Collection[str]) -> list[str]:
    """What speaks against deciding by these policies from the instant on, where others, `ruled`, have ruled until then.

    `needed`: the keys of versions that must be there, beside the last that ruled. Nothing speaks against the first ones.
    """
    if not ruled:
        return []
    here = {policy.key: policy for policy in policies.versions}
    gone = sorted({*needed, list(ruled)[-1]} - here.keys())
    told = [f"{key} is not there, expected its file: it rules, or leads are pinned to it; put it back" for key in gone]
    for key, policy in here.items():
        if key in ruled and digest(policy) != ruled[key]:
            told.append(
                f"{key} says something else than while it was in force (digest {digest(policy)}, expected {ruled[key]}): "
                "put its former file back, and give what has changed the next version"
            )
    for key in ruling(policies, reached).keys() - ruled.keys():
        if reached >= here[key].in_force_from:
            when = f"from {format_instant(here[key].in_force_from)}, but everything before {format_instant(reached)} is decided"
        else:
            when = "as the first version at once"
        told.append(f"{key} would be in force {when}; expected what comes later: give it a later in_force.from, and keep what ruled before")
    return told


def _plain(value: Any) -> Any:
    """The same for what says the same: a set has no order, and how a calendar was tabulated is no part of what it says."""
    if is_dataclass(value):
        return type(value).__name__, [(each.name, _plain(getattr(value, each.name))) for each in fields(value) if each.compare]
    if isinstance(value, Mapping):
        return [(_plain(key), _plain(each)) for key, each in value.items()]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
