"""Is a file that is not plain YAML refused where it stands, and is everything that is wrong told at once?"""

from pathlib import Path

import pytest

from processor.policy_file import Finding, PolicyError, check, load_policy


def test_a_finding_names_file_line_field_and_says_what_to_do(edited):
    path = edited(("target: 4 business_hours", "target: 4 days"))
    (finding,) = check(path)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "4 days" in text)
    assert str(finding) == (
        f'{path}:{line}: clocks.first_attempt.target: found "4 days", expected a duration such as "4 business_hours"; '
        '"days" alone is ambiguous: write business_days or calendar_days'
    )
    assert path.read_text().splitlines()[line - 1][finding.column - 1 :].startswith("4 days")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(edited):
    path = edited(
        ("grace: 30 minutes", "grace: half an hour"), ("per: quarter", "per: moon"), ("version: 3 ", "version: x"), ("cap: 60", "cap: 30")
    )
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    fields = ["version", "evidence.grace", "segments.smb.threshold", "targets.joint.sql_to_won.per"]
    assert [finding.field for finding in refused.value.findings] == fields
    assert str(refused.value).count("\n") == 3


def test_what_depends_on_an_unreadable_section_is_not_judged(edited):
    path = edited(("scale: 100", "scale: many"), ("threshold: 80", "threshold: 96"))
    assert [finding.field for finding in check(path)] == ["score.scale"]


def test_a_key_given_twice_is_refused_with_both_lines(edited):
    path = edited(("version: 3 ", "version: 3\nversion: 4 "))
    (finding,) = check(path)
    first = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if text == "version: 3")
    assert (finding.line, finding.field) == (first + 1, "version")
    assert f"line {first} " in finding.to_do


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 3 ", "version: !!python/object/apply:os.getcwd [] ", "nothing in a policy is executed"),
        ("version: 3 ", "version: !!int 3 ", "remove the tag"),
        ("version: 3 ", "version: &three 3 ", "write the value out"),
        ("version: 3 ", "version: *three ", "write the value out"),
        ("version: 3 ", "version: {<<: {a: 1}} ", "found a mapping"),
        ("version: 3 ", "? [a, b]\n: 1\nversion: 3 ", "a key that is no name"),
        ("version: 3 ", '"": 1      \nversion: 3 ', "a key that is no name"),
        ("version: 3 ", "version: 3\n--- {} ", "plain YAML"),
        ("version: 3 ", "version: [3 ", "plain YAML"),
        ("version: 3 ", "version: \x07 ", "the character U+0007"),
        ("version: 3 ", f"version: {'[' * 10_000}", "more than 20 levels"),
        ("version: 3 ", f"version: {'9' * 10_000} ", "a whole number"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_where_it_stands(old: str, new: str, says: str, edited):
    path = edited((old, new))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if text.startswith(new[:7]))
    finding = check(path)[0]
    assert says in str(finding)
    assert 0 <= finding.line - line <= 40


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty file"),
        (b"# only a comment\n", "an empty file"),
        (b"just text", "a mapping with policy, version"),
        (b"- a\n- b", "a mapping with policy, version"),
        (b"policy: a\nowners: \xff\xfe\n", ":2: found bytes that are not UTF-8"),
    ],
)
def test_a_file_without_a_policy_is_refused(content: bytes, says: str, tmp_path: Path):
    path = tmp_path / "policy.yaml"
    path.write_bytes(content)
    (finding,) = check(path)
    assert says in str(finding)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("smb:        {team: smb", "smb: {when: {employees: {at_most: 99}}, team: smb", "segments.smb.when"),
        ("{fault: marketing, disqualify: true}", "{fault: marketing, disqualify: true, nurture: {default: a}}", "returns.not_icp.nurture"),
        ("{at: 200%, do", "{at: 200%, tell: owner, do", "clocks.first_attempt.steps[3].tell"),
    ],
)
def test_a_warning_refuses_nothing(old: str, new: str, field: str, edited):
    path = edited((old, new))
    (finding,) = check(path)
    assert (finding.severity, finding.field) == ("warning", field)
    assert f":{finding.line}: warning: {field}: " in str(finding)
    assert load_policy(path).version == 3


def test_a_finding_without_a_field_or_advice_says_only_the_rest():
    assert str(Finding("a.yaml", 1, 1, "", "error", "x", "y")) == "a.yaml:1: found x, expected y"
