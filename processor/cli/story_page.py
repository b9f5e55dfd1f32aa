"""A lead's story on a terminal, from who it is to what happened when; the words are story_words', colours those of `handoff tail`."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from processor.cli import story_words as words
from processor.cli.local_time import local
from processor.cli.story_words import Wall
from processor.cli.tail import STYLES
from processor.explain import story as s
from schemas.instants import SECOND

COLOURS = {
    "running": "cyan",
    "paused": "yellow",
    "met": "green",
    "met_late": "red",
    "breached": "bold red",
    "cancelled": "dim",
}
HEARD_LATE = 300 * SECOND  # from here on it is worth saying that a record came later than what it tells of
DAYS_SHOWN = 12  # of the days on which a clock ran


def print_story(console: Console, story: s.Story) -> None:
    wall = Wall(story.zone, local(story.reached, story.zone).year)
    _head(console, story, wall)
    for cycle in story.cycles:
        _cycle(console, cycle, wall._replace(zone=cycle.zone))
    if story.gate:
        _gate(console, story.gate, wall)
    _timeline(console, story, wall)
    for title, rows in (
        ("Records that were refused", _refused(story)),
        ("Published, but not what the kept records lead to", _unexplained(story, wall)),
    ):
        if rows:
            _title(console, title)
            _print(console, rows, 2)


def _head(console: Console, story: s.Story, wall: Wall) -> None:
    company = next((str(known.value) for known in story.profile if known.name == "company" and known.value), "")
    console.print(Text.assemble((story.lead, "bold"), f"  {company}".rstrip(), "  stage ", (story.stage, "bold")))
    console.print(Text(f"as of {wall._replace(year=0).at(story.reached)} ({story.zone}), under {story.policy}", "dim"))
    if story.kept_from is not None:
        console.print(Text(f"Kafka keeps records from {wall.at(story.kept_from)} on; what came before is not in this story", "yellow"))
    if story.profile:
        _title(console, "Profile")
        rows = _grid(3)
        for known in story.profile:
            rows.add_row(known.name, words.value(known.value), Text(f"since {wall.at(known.occurred)}", "dim"))
        _print(console, rows, 2)


def _cycle(console: Console, cycle: s.Cycle, wall: Wall) -> None:
    _title(console, f"Cycle {cycle.cycle.rpartition('#')[2]}: {words.trigger(cycle)}")
    facts: list[tuple[str, RenderableType]] = [
        ("agreement", f"{cycle.policy}/{cycle.policy_version}, segment {cycle.segment}, team {cycle.team}, calendar {cycle.calendar}")
    ]
    if cycle.withheld_at is not None:
        facts.append(("withheld", f"{wall.at(cycle.withheld_at)}, missing: {', '.join(cycle.missing or ())}"))
    if cycle.handed_at is not None:
        facts.append(("handed off", f"{wall.at(cycle.handed_at)}, caused by {cycle.cause}"))
    elif cycle.trigger:
        facts.append(("opened", f"caused by {cycle.cause}"))
    facts += [("owner", cycle.owner)] if cycle.owner else []
    facts += [("accepted", wall.at(cycle.accepted_at))] if cycle.accepted_at is not None else []
    facts += [("ended", f"{wall.at(cycle.ended.at)}, {words.ending(cycle.ended)}")] if cycle.ended else []
    _print(console, _pairs(facts), 2)
    if cycle.score:
        _score(console, cycle.score)
    if cycle.deeds:
        _deeds(console, cycle.deeds, wall)
    for clock in cycle.clocks:
        _clock(console, clock, wall)


def _score(console: Console, score: s.Score) -> None:
    added = score.fit + score.intent
    sum_ = f"Score {words.points(score.score)} = fit {words.points(score.fit)} + intent {words.points(score.intent)}"
    clamped = "" if added == score.score else f", kept within 0 and {words.points(score.scale)}"
    console.print()
    _print(console, Text(sum_ + clamped, "bold"), 2)
    rows = Table("rule", box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("points", "decayed", "counted"):
        rows.add_column(column, justify="right", no_wrap=True)
    rows.add_column("", style="dim")
    for rule in score.rules:
        rows.add_row(rule.rule, *map(words.points, (rule.points, rule.decayed, rule.counted)), words.limits(rule))
    for side, counted, cap in (("fit", score.fit, score.fit_cap), ("intent", score.intent, score.intent_cap)):
        rows.add_row(Text(side, "dim"), "", "", Text(words.points(counted), "bold"), f"at most {words.points(cap)}")
    _print(console, rows, 4)


def _deeds(console: Console, deeds: Iterable[s.Deed], wall: Wall) -> None:
    console.print()
    _print(console, Text("What was done", "bold"), 2)
    rows = _grid(3)
    for told in deeds:
        what, counts = words.deed(told)
        said = told.evidence
        heard = f"heard of {wall.at(said.logged)}" if said.logged - said.occurred > HEARD_LATE else ""
        back = "dated back: as recorded" if said.backdated else ""
        rows.add_row(wall.at(said.occurred), what, Text("; ".join(filter(None, (counts, heard, back, said.id)))))
    _print(console, rows, 4)


def _clock(console: Console, clock: s.Clock, wall: Wall) -> None:
    head = Text.assemble((f"Clock {clock.clock}", "bold"), ": ", (words.verdict(clock), COLOURS[clock.state]))
    console.print()
    _print(console, head, 2)
    facts: list[tuple[str, RenderableType]] = [("target", f"{clock.target}, met by {', '.join(clock.met_by)}"), ("due", wall.at(clock.due))]
    if clock.evidence:
        facts.append(("done by", words.evidence(clock.evidence, wall)))
    facts += [("paused", f"{wall.at(pause.from_)} to {wall.at(pause.to)}: {pause.reason}") for pause in clock.pauses]
    for name, late in (("ran", False), ("past due", True)):
        if ran := [stretch for stretch in clock.running if bool(stretch.past_due) is late]:
            facts.append((name, "\n".join(_days(ran, wall))))
    if to_come := [(wall.at(rung.at), words.rung(rung)) for rung in clock.steps if rung.state == "to_come"]:
        facts.append(("to come", _pairs(to_come)))
    facts.append(("story", _pairs((wall.at(told.at), words.change(told, wall) + _known(told, wall)) for told in clock.history)))
    _print(console, _pairs(facts), 4)


def _known(told: s.Change, wall: Wall) -> str:
    return f" (known {wall.at(told.decided)})" if told.decided - told.at > HEARD_LATE else ""


def _days(stretches: list[s.Running], wall: Wall) -> Iterator[str]:
    """A line for each day, and the sum; of a long run the days in the middle are only counted."""
    days = [list(group) for _, group in groupby(stretches, lambda stretch: wall.day(stretch.from_))]
    half = DAYS_SHOWN // 2
    left_out = days[half:-half] if len(days) > DAYS_SHOWN else []
    for n, day in enumerate(days):
        if n == half and left_out:
            yield f"… {len(left_out)} more days, {words.span(sum(stretch.open_s for each in left_out for stretch in each))}"
        if not left_out or not half <= n < half + len(left_out):
            spans = ", ".join(f"{wall.clock(stretch.from_)}–{_end(stretch, wall)}" for stretch in day)
            yield f"{wall.day(day[0].from_)} {spans}  = {words.span(sum(stretch.open_s for stretch in day))}"
    if len(days) > 1:
        yield f"in all {words.span(sum(stretch.open_s for stretch in stretches))}"


def _end(stretch: s.Running, wall: Wall) -> str:
    return wall.clock(stretch.to) if wall.day(stretch.to) == wall.day(stretch.from_) else wall.at(stretch.to)


def _gate(console: Console, gate: s.Gate, wall: Wall) -> None:
    track = f": fast track {gate.fast_track} is complete" if gate.fast_track else ""
    _title(console, f"What a handoff would take{track}")
    rows = _grid(2)
    for told in gate.needs:
        rows.add_row(Text("✓", "green") if told.holds else Text("✗", "red"), words.need(told, wall))
    _print(console, rows, 2)
    if gate.score:
        _score(console, gate.score)


def _timeline(console: Console, story: s.Story, wall: Wall) -> None:
    _title(console, "What was heard, and what came of it")
    rows = _grid(2)
    for moment in story.timeline:
        rows.add_row(Text(wall.at(moment.at), "dim"), _heard(moment, wall))
        for line in _came_of(moment, wall, on_kafka=bool(story.on_kafka)):
            rows.add_row("", Padding(line, (0, 0, 0, 2), expand=False))
    _print(console, rows, 2)


def _heard(moment: s.Moment, wall: Wall) -> Text:
    if moment.signal is None:
        return Text(words.deadline(moment), "italic")
    told = moment.signal
    of = f", of {wall.at(told.occurred)}" if abs(told.logged - told.occurred) > HEARD_LATE else ""
    return Text.assemble(words.signal(told), (f"  {told.id}{of}", "dim"))


def _came_of(moment: s.Moment, wall: Wall, *, on_kafka: bool) -> Iterator[Text]:
    for effect in moment.effects:
        yield Text(f"{words.EFFECTS[effect.what].format(', '.join(effect.about))}")
    for told in moment.published:
        place = ("", "dim")
        if told.partition is not None:
            place = (f"  {told.topic}/{told.partition}@{told.offset}", "dim")
        elif on_kafka:
            place = ("  not found on Kafka", "yellow")
        yield Text.assemble("→ ", (words.published(told, wall), STYLES.get(told.type, "")), place)
    if moment.ignored:
        yield Text(f"passed over: {words.IGNORED[moment.ignored]}", "yellow")
    for note in moment.notes:
        yield Text(f"{words.NOTES[note]}", "dim")


def _refused(story: s.Story) -> Table | None:
    rows = _grid(2)
    for told in story.refused:
        rows.add_row(told.place, Text(told.message, "red"))
    return rows if story.refused else None


def _unexplained(story: s.Story, wall: Wall) -> Table | None:
    rows = _grid(2)
    for told in story.unexplained:
        rows.add_row(Text(wall.at(told.time), "dim"), Text(f"{words.published(told, wall)}  {told.id}"))
    return rows if story.unexplained else None


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, "bold underline"))


def _pairs(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in rows:
        table.add_row(name, Text(said) if isinstance(said, str) else said)
    return table


def _grid(columns: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for n in range(columns):
        table.add_column(no_wrap=n == 0, overflow="fold")
    return table


def _print(console: Console, what: RenderableType, indent: int) -> None:
    console.print(Padding(what, (0, 0, 0, indent), expand=False))
