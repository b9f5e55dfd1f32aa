"""Is it always true that a policy is either taken or refused in words, whatever stands in it?"""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from processor.policy_file import PolicyError, check, has_errors, load_policy

TEXT = (Path(__file__).parent / "policy.yaml").read_text(encoding="utf-8")
SCALARS = [
    (event.start_mark.index, event.end_mark.index)
    for event in yaml.parse(TEXT)
    if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark
]
WORDS = sorted({TEXT[start:end] for start, end in SCALARS})
ODD = (
    *(
        "",
        "~",
        "null",
        "true",
        "no",
        "0",
        "-0",
        "-1",
        "00",
        "1e9",
        ".inf",
        ".nan",
        "0x10",
        "1_000",
        "1:30",
        "٣",
        "9" * 400,
        "1.2345",
        "-999999.999",
    ),
    *(
        "0%",
        "100%",
        "9999%",
        "%",
        "+1 hours",
        "+0 hours",
        "+",
        "0 seconds",
        "999999999 calendar_days",
        "999999999 business_days",
        "1  hours",
        "-1 hours",
    ),
    *(
        "0001-01-01",
        "1900-01-01",
        "2999-12-31",
        "9999-12-31",
        "2026-02-29",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "24:00-00:00",
    ),
    *(
        "[]",
        "{}",
        "[[]]",
        "{a: b}",
        "[a, a]",
        "&a b",
        "*a",
        "!!binary aa",
        "<<",
        "? a",
        "- a",
        "a: b: c",
        "|",
        "'",
        "#",
        "@",
        "\x00",
        "\ud7ff",
        "\ufeff",
    ),
    *("mon-fri", "sun-mon", "-", "..", "Europe", "../etc/passwd", "UTC", "a/b#c", "a" * 200),
)

replacements = st.one_of(st.sampled_from(WORDS), st.sampled_from(ODD), st.text(max_size=20), st.text(max_size=20).map(json.dumps))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("law") / "policy.yaml"


@given(st.sampled_from(SCALARS), replacements)
def test_any_scalar_replaced_leaves_a_policy_or_findings_with_their_lines(path: Path, scalar: tuple[int, int], replacement: str):
    start, end = scalar
    text = TEXT[:start] + replacement + TEXT[end:]
    path.write_text(text, encoding="utf-8", newline="")
    findings = check(path)
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= finding.line <= lines + 1 and finding.column >= 1 for finding in findings)
    if has_errors(findings):
        with pytest.raises(PolicyError):
            load_policy(path)
    else:
        assert load_policy(path).clocks
