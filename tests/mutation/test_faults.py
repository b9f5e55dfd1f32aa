"""The list of faults fits the rules as they are, so that a run of it means something."""

from pathlib import Path

import pytest

from tests.mutation.faults import Fault, faults

ROOT = Path(__file__).parents[2]
FAULTS = faults()


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_fits_its_module(fault: Fault) -> None:
    text = (ROOT / fault.file).read_text()
    assert text.count(fault.original) == 1
    compile(text.replace(fault.original, fault.replacement), fault.file, "exec")


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 40
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
