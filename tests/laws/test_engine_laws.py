"""What holds of every history, whatever the rules say in it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from processor.domain.decide import decide
from processor.domain.events import Noted
from processor.domain.evolve import evolve
from processor.domain.lead import Lead, pack, unpack
from processor.domain.policy import Policies
from processor.domain.story import Story
from processor.history import Told
from schemas.signals import CrmActivity, Outcome, SignalData
from tests.laws.worlds import DAY, DEEDS, HANDED_OFF, HOUR, MINUTE, POLICIES, START, Run, World, run, signal, worlds


@given(worlds())
def test_a_history_lived_twice_says_the_same(world: World) -> None:
    assert run(world).events == run(world).events


@given(worlds(), st.data())
def test_how_often_the_clock_ticks_does_not_matter(world: World, data: st.DataObject) -> None:
    ticks = data.draw(st.lists(st.integers(0, 12 * 24).map(lambda hours: START + hours * HOUR), max_size=20))
    ticked = Run(world.policies)
    for told in world.log:
        for tick in sorted(tick for tick in ticks if tick <= told.logged and (ticked.reached is None or tick > ticked.reached)):
            ticked.judge(tick)
        ticked.hear(told)
    ticked.judge(world.end)
    ticked.commit()
    assert ticked.events == run(world).events


@given(worlds(), st.data())
def test_a_restart_anywhere_changes_nothing_after_it(world: World, data: st.DataObject) -> None:
    after = data.draw(st.sets(st.integers(0, len(world.log) - 1), max_size=6))
    restarted = Run(world.policies)
    for i, told in enumerate(world.log):
        restarted.hear(told)
        if i in after:
            restarted.commit()
            restarted.restart()
    restarted.judge(world.end)
    restarted.commit()
    once = run(world)
    assert restarted.events == once.events
    assert restarted.states == once.states


@given(worlds(), st.integers(1, 3))
def test_the_size_of_batches_does_not_matter(world: World, limit: int) -> None:
    sliced = Run(world.policies)
    for told in world.log:
        sliced.hear(told, limit)
        sliced.commit()
    sliced.judge(world.end, limit)
    sliced.commit()
    once = run(world)
    assert sliced.events == once.events
    assert sliced.states == once.states


@given(worlds())
def test_no_identity_is_said_twice(world: World) -> None:
    identities = [(event.type, event.id) for event in run(world).events]
    assert len(identities) == len(set(identities))


@given(worlds())
def test_a_state_survives_packing(world: World) -> None:
    for packed in run(world).states.values():
        assert pack(unpack(packed)) == packed


@given(worlds())
def test_the_state_is_the_fold_of_the_events(world: World) -> None:
    leads: dict[str, Lead] = {}
    for told in world.log:
        if told.signal.data.about != "lead":
            continue
        before = leads.get(told.signal.subject, Lead(told.signal.subject))
        story = Story(before, told.logged, world.policies, {})
        decide(story, told.signal)
        folded = before
        for event in story.told:
            folded = evolve(folded, event)
        assert folded == story.lead == unpack(pack(story.lead))
        leads[told.signal.subject] = story.lead


@given(st.lists(st.tuples(DEEDS, st.integers(1, 4 * 24 * 4), st.integers(0, 23 * 4), st.integers(0, 23 * 4)), max_size=8))
def test_the_order_in_which_the_same_deeds_arrive_does_not_change_the_end(deeds: list[tuple[SignalData, int, int, int]]) -> None:
    """What was done without end or conversion; what opens at `accepted` is left out, since an opening once published never moves."""

    def ends(late: int) -> tuple[str, dict[str, tuple[str, bool]]]:
        log = [Told(START, signal(i, "L", data, START)) for i, data in enumerate(HANDED_OFF)]
        for i, (data, quarters, *delays) in enumerate(deeds):
            occurred = START + quarters * 15 * MINUTE
            log.append(Told(occurred + delays[late] * HOUR, signal(100 + i, "L", data, occurred)))
        lived = run(World(POLICIES["01-friday-afternoon"], tuple(sorted(log, key=lambda told: told.logged))), 9 * DAY)
        lead = unpack(lived.states[b"L"])
        assume(len(lead.cycles) == 1)  # sales may open one itself after a return: then the orders differ, as the contract says
        (cycle,) = lead.cycles
        return lead.stage, {c.name: (c.state, c.state in ("breached", "late")) for c in cycle.clocks if c.name != "qualification"}

    assert ends(0) == ends(1)


@given(worlds())
def test_a_later_policy_version_moves_no_promise(world: World) -> None:
    first = POLICIES["25-policy-version-pinned"].versions[0]
    alone = run(World(Policies((first,)), world.log))
    beside = run(World(POLICIES["25-policy-version-pinned"], world.log))
    pinned = {event.data.cycle for event in beside.events if event.type == "handoff.created" and event.data.policy_version == 1}  # type: ignore[attr-defined]
    promised = {
        (event.id, event.data.due)  # type: ignore[attr-defined]
        for event in beside.events
        if event.type == "handoff.clock" and event.data.cycle in pinned and event.data.state == "opened"  # type: ignore[attr-defined]
    }
    kept = {(event.id, event.data.due) for event in alone.events if event.type == "handoff.clock"}  # type: ignore[attr-defined]
    assert {item for item in promised if item[0].split("/")[0].endswith("#1")} <= kept


@pytest.mark.parametrize("outcome", ["bounced", "wrong_number"])
def test_whom_nothing_reaches_is_noted_for_marketing(outcome: Outcome) -> None:
    call = CrmActivity(activity_id="c", channel="phone", direction="outbound", outcome=outcome, automated=False)
    story = Story(Lead("L"), START, POLICIES["01-friday-afternoon"], {})
    decide(story, signal(1, "L", call, START))
    assert Noted("unreachable") in story.told
