"""The `clocks` section: duties with their ladders, each checked within itself; what they need of other sections is asked in `lint`."""

from processor.domain.durations import Duration
from processor.domain.policy import ClockPolicy, Deed, Step
from processor.policy_file.document import Field, did_you_mean
from processor.policy_file.format import CLOCK, DEEDS, ENOUGH_ATTEMPTS, OPENINGS, RETURN, STEP, WORDS_OF_IDS
from processor.policy_file.scalars import check_characters, read_duration, read_name, read_names, read_percent, read_whole, read_word

_MET_BY = ("attempt", *DEEDS)


def read_clocks(field: Field) -> tuple[ClockPolicy, ...]:
    clocks = tuple(_clock(entry) for entry in field.entries("a mapping from clocks to their duties"))
    if field.is_mapping and not clocks:
        field.refuse("no clock", "at least one duty", "name what sales owes, such as first_attempt")
    return clocks


def _clock(field: Field) -> ClockPolicy:
    if field.key in WORDS_OF_IDS:
        field.refuse(f"a clock named {field.key}", f"a name other than {', '.join(WORDS_OF_IDS)}", "events have these ids already")
    check_characters(field, field.key, "/#")
    field.must_have(CLOCK)
    return ClockPolicy(
        name=field.key,
        opens=read_word(field["opens"], OPENINGS),
        deeds=_deeds(field["met_by"]),
        attempts=_attempts(field["met_by"]),
        target=read_duration(field["target"]),
        steps=tuple(_step(step) for step in field["steps"].items("a list of steps")),
    )


def _deeds(field: Field) -> frozenset[Deed]:
    """Everything that `met_by` says is checked here; the attempts in it are read below."""
    deeds: list[Deed] = []
    asks_for_attempts = False
    for item in field.items("a list of what meets the duty"):
        if item.is_mapping or item.text == "attempt":
            if item.is_mapping:
                item.must_have(ENOUGH_ATTEMPTS)
            if asks_for_attempts:
                item.refuse("attempts again", "one number of attempts", "the smaller would always come first; remove one")
            asks_for_attempts = True
        elif item.text not in DEEDS:
            item.refuse(item.found, f"one of {', '.join(_MET_BY)} or {{attempts: N}}", did_you_mean(item.text or "", _MET_BY, ""))
        elif item.text in deeds:
            item.refuse(f"{item.found} again", "each once", "remove one")
        else:
            deeds.append(next(deed for deed in DEEDS if deed == item.text))
    if field.is_list and not field.children:
        field.refuse("an empty list", f"some of {', '.join(_MET_BY)} or {{attempts: N}}", "a duty that nothing can meet is always breached")
    return frozenset(deeds)


def _attempts(field: Field) -> int:
    for item in field.children:
        if item.is_mapping:
            return read_whole(item["attempts"], least=1)
        if item.text == "attempt":
            return 1
    return 0


def _step(field: Field) -> Step:
    field.must_have(STEP)
    tell, do = field["tell"], field["do"]
    at = _at(field["at"])
    if field.is_mapping and not tell.is_present and not do.is_present:
        field.refuse("neither tell nor do", "a step that does something", f"write tell: owner, or do: {RETURN}; the breach needs no step")
    if do.is_present:
        read_word(do, (RETURN,))
        if isinstance(at, int) and at <= 100:
            do.refuse(f"{RETURN} at {at}%", "a return after the due", "a lead is taken away only after a breach: write more than 100%")
        if tell.is_present:
            tell.warn("tell beside do", "one of them", "a return publishes only itself; tell in a step before it")
    return Step(field["at"].text or "", at, _told(tell), returns=do.is_present)


def _at(field: Field) -> int | Duration:
    text = field.text or ""
    if text.startswith("+"):
        return read_duration(field, text.removeprefix("+"))
    if text.endswith("%"):
        return read_percent(field, 1, 9_999)
    field.refuse(field.found, 'a share of the target such as "75%", or a duration after the due such as "+2 business_hours"')
    return 1


def _told(field: Field) -> tuple[str, ...]:
    """One role or a list of them."""
    if not field.is_present:
        return ()
    if not field.is_list:
        return (read_name(field),)
    if not field.children:
        field.refuse("an empty list", "at least one role", "remove tell, or name who is told")
    return read_names(field)
