"""What holds of every version of the agreement that comes while leads are worked, whatever it says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.domain.partition import Partition
from processor.domain.policy import Policies
from processor.domain.versions import UnfitPolicies
from tests.laws.worlds import DAY, HOUR, POLICIES, START, Run, World, worlds

FIRST = replace(POLICIES["25-policy-version-pinned"].versions[0], in_force_from=START - DAY)
(RELYING,) = POLICIES["09-silent-connector"].versions  # on heartbeats, unlike the first


@given(worlds(), st.integers(1, 9 * 24), st.integers(0, 20))
def test_a_version_that_is_adopted_before_it_is_in_force_decides_as_if_it_had_always_been_there(
    world: World, comes: int, after: int
) -> None:
    second = replace(RELYING, name=FIRST.name, version=2, in_force_from=START + comes * HOUR)
    both = Policies((FIRST, second))
    once, adopting = Run(both), Run(Policies((FIRST,)))
    for i, told in enumerate(world.log):
        once.hear(told)
        if i == after and not adopting.partition.contradictions(both):
            adopting.partition.adopt(both)
            adopting.policies = both
        adopting.hear(told)
    assert len(adopting.policies.versions) == 2 or after >= len(world.log) or world.log[after - 1].logged >= second.in_force_from
    if len(adopting.policies.versions) == 2:
        for run in (once, adopting):
            run.judge(world.end)
            run.commit()
        assert adopting.events == once.events
        assert adopting.states == once.states
        assert adopting.watch == once.watch


@given(worlds())
def test_a_partition_is_not_opened_with_what_contradicts_it(world: World) -> None:
    second = replace(FIRST, version=2, in_force_from=START + DAY)
    lived = Run(Policies((FIRST, second)))
    for told in world.log:
        lived.hear(told)
    lived.judge(START + 2 * DAY)
    lived.commit()
    Partition(0, lived.policies, lived.states, lived.watch)
    late = replace(second, version=3, in_force_from=START + DAY + HOUR)
    for others in ((FIRST,), (FIRST, replace(second, closed_leads_kept_for=1)), (FIRST, second, late)):
        with pytest.raises(UnfitPolicies, match="expected"):
            Partition(0, Policies(others), lived.states, lived.watch)
