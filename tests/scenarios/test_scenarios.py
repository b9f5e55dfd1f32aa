"""Would sales agree: each transcript of this folder comes out as it is written, and the table of rules knows each of them."""

import re
from pathlib import Path

import pytest

from tests.scenarios.transcript import rewritten

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.txt"))
TABLE = (HERE.parent / "README.md").read_text(encoding="utf-8").partition("## Which test proves which rule")[2]
NAMED = set(re.findall(r"`([^`]+)`", TABLE))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_it_comes_out_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    lived = rewritten(text)
    if request.config.getoption("--rewrite-scenarios", default=False):
        path.write_text(lived, encoding="utf-8")
    else:
        assert text == lived, "pytest tests/scenarios --rewrite-scenarios writes what comes out; its diff is the review"


def test_every_transcript_stands_beside_the_rule_that_it_proves() -> None:
    assert {path.stem for path in TRANSCRIPTS} <= NAMED


def test_the_table_of_rules_names_nothing_that_is_not_there() -> None:
    claims = set(re.findall(r"^def (test_\w+)", "\n".join(path.read_text() for path in HERE.parent.rglob("test_*.py")), re.MULTILINE))
    files = {str(path.relative_to(HERE.parent)) for path in HERE.parent.rglob("test_*.py")}
    stories = {path.stem for path in HERE.rglob("*.txt")}
    words = {"test_", "conformance/", "C 05", "met"}
    assert NAMED - claims - files - stories <= words
