"""Does the README show the metrics that there are?"""

import re
from pathlib import Path

import pytest

from processor.metrics import table

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_catalogue():
    if not README.exists():
        pytest.skip("README.md is not written yet; its metrics go between <!-- metrics --> and <!-- /metrics -->")
    shown = re.search(r"<!-- metrics -->\s*(.*?)\s*<!-- /metrics -->", README.read_text(encoding="utf-8"), re.DOTALL)
    assert shown, "put the metrics between <!-- metrics --> and <!-- /metrics -->"
    assert shown[1] == table().strip(), "put there what `python -m processor.metrics` prints"
