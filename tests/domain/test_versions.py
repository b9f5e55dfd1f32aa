"""Which versions may come beside those that have ruled, and what is said of the others."""

from dataclasses import replace
from pathlib import Path
from subprocess import run
from sys import executable

from processor.domain.policy import Policies, Policy
from processor.domain.versions import contradictions, digest, ruling
from processor.policy_file import load_policies
from schemas.instants import SECOND, Instant

ROOT = Path(__file__).parents[2]
(V1,) = load_policies(ROOT / "deploy/samples/policies").versions
DAY = 86_400 * SECOND
FROM: Instant = V1.in_force_from
V2 = replace(V1, version=2, in_force_from=FROM + 10 * DAY)


def told(*versions: Policy, ruled: Policies, reached: Instant, needed: tuple[str, ...] = ()) -> list[str]:
    return contradictions(Policies(versions), ruling(ruled, reached), reached, needed)


def test_a_version_that_comes_later_is_welcome_and_may_still_be_changed_or_dropped():
    ruled, now = Policies((V1,)), FROM + 5 * DAY
    assert told(V1, V2, ruled=ruled, reached=now) == []
    assert told(V1, replace(V2, review_on=V1.review_on.replace(year=2030)), ruled=Policies((V1, V2)), reached=now) == []
    assert told(V1, ruled=Policies((V1, V2)), reached=now) == []


def test_a_version_whose_beginning_has_passed_is_refused():
    [sentence] = told(V1, V2, ruled=Policies((V1,)), reached=FROM + 10 * DAY)
    assert f"{V2.key} would be in force from 2026-10-10T22:00:00Z" in sentence
    assert "give it a later in_force.from" in sentence


def test_a_version_that_would_rule_before_the_first_one_is_refused():
    earlier = replace(V1, version=7, in_force_from=FROM - DAY)
    assert told(earlier, V1, ruled=Policies((V1,)), reached=FROM - 5 * DAY)


def test_what_has_ruled_says_what_it_said():
    [sentence] = told(replace(V1, closed_leads_kept_for=1), ruled=Policies((V1,)), reached=FROM + DAY)
    assert f"{V1.key} says something else" in sentence


def test_what_rules_or_is_needed_must_stay_and_what_neither_does_may_go():
    ruled, now = Policies((V1, V2)), FROM + 12 * DAY
    assert told(V2, ruled=ruled, reached=now) == []
    assert "put it back" in told(V2, ruled=ruled, reached=now, needed=(V1.key,))[0]
    assert "put it back" in told(V1, ruled=ruled, reached=now)[0]


def test_what_is_only_written_otherwise_has_the_same_digest_in_every_process():
    program = "from pathlib import Path; from processor.policy_file import *; from processor.domain.versions import digest; "
    program += "print(*(digest(policy) for policy in load_policies(Path('deploy/samples/policies')).versions))"
    found = {
        run([executable, "-c", program], cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {digest(V1)}
