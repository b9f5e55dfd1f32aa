"""Would sales agree: each transcript of this folder comes out as it is written."""

from pathlib import Path

import pytest

from tests.scenarios.transcript import rewritten

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.txt"))
README = HERE.parent / "README.md"


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
def test_it_comes_out_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    lived = rewritten(text)
    if request.config.getoption("--rewrite-scenarios", default=False):
        path.write_text(lived, encoding="utf-8")
    else:
        assert text == lived, f"pytest {HERE.name} --rewrite-scenarios writes what comes out; its diff is the review"
