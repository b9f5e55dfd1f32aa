"""What is remembered of the signals that a lead has heard, held against the sentence of the contract; what a repeat means stays outside."""

from hypothesis import example, given
from hypothesis import strategies as st

from processor.domain.duplicates import identity, remember, repeat_of
from schemas.instants import SECOND, Instant

DAY_S = 86_400
BURST = st.tuples(st.integers(1, 400), st.integers(0, 9 * DAY_S))  # so many signals at one instant, so many seconds after those before


@given(st.lists(BURST, min_size=1, max_size=6))
@example([(1, 0), (63, 8 * DAY_S)])
@example([(1, 0), (64, 7 * DAY_S)])
@example([(1, 0), (1023, 60)])
def test_a_signal_is_remembered_while_among_the_last_64_or_younger_than_7_days_up_to_1024(bursts: list[tuple[int, int]]) -> None:
    seen, logged, heard = b"", 0, list[tuple[bytes, Instant]]()
    for count, seconds in bursts:
        logged += seconds * SECOND
        for _ in range(count):
            heard.append((identity("crm", str(len(heard))), logged))
            seen = remember(seen, *heard[-1])
    for newer, (mark, at) in enumerate(reversed(heard)):
        if newer < 64 or (newer < 1024 and logged - at <= 7 * DAY_S * SECOND):
            assert repeat_of(seen, mark) is not None
        if newer >= 1024:
            assert repeat_of(seen, mark) is None


@given(st.integers(2, 40), st.integers(1, 12), st.data())
def test_no_piece_of_two_identities_is_taken_for_a_third(count: int, shift: int, data: st.DataObject) -> None:
    seen = b""
    for n in range(count):
        seen = remember(seen, identity("crm", str(n)), n * SECOND)
    at = data.draw(st.integers(0, count - 2)) * (len(seen) // count) + shift
    assert repeat_of(seen, seen[at : at + 8]) is None


def test_records_of_one_id_from_two_systems_are_two() -> None:
    assert repeat_of(remember(b"", identity("crm", "7"), 0), identity("shop", "7")) is None
