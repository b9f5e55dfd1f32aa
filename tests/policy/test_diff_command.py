"""Can people and scripts use `handoff policy diff`, on files and on folders?"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from processor.cli import app

SAME, DIFFERENT, WRONG_USE = 0, 1, 2
NEXT = (("version: 3 ", "version: 4 "), ("2026-10-01T00", "2027-01-01T00"), ("review_on: 2026-12-15", "review_on: 2027-03-31"))
FASTER = ("target: 4 business_hours", "target: 2 business_hours")


def diff(*words: str | Path, columns: int = 100):
    return CliRunner().invoke(app, ["policy", "diff", *map(str, words)], env={"COLUMNS": str(columns)})


def folder(path: Path, *files: Path) -> Path:
    path.mkdir()
    for file in files:
        (path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_two_versions_that_say_the_same_end_with_0(edited):
    ran = diff(edited(name="a.yaml"), edited(("min_spacing: 60 minutes", "min_spacing: 1 hours"), name="b.yaml"))
    assert (ran.exit_code, ran.stdout.endswith("They say the same.\n")) == (SAME, True)


def test_people_see_field_words_meaning_and_for_whom(edited):
    ran = diff(edited(name="a.yaml"), edited(*NEXT, FASTER, name="b.yaml"))
    assert ran.exit_code == DIFFERENT
    lines = ran.stdout.splitlines()
    assert lines[lines.index("agreement") :] == [
        "agreement",
        "  version  3 → 4",
        "    handoffs made under version 3 keep it",
        "  in_force.from  2026-10-01T00:00:00+02:00 → 2027-01-01T00:00:00+02:00",
        "    comes into force 92 d later",
        "  review_on  2026-12-15 → 2027-03-31",
        "    reviewed 106 d later",
        "",
        "clocks: for handoffs made from then on; those made before keep the old",
        "  clocks.first_attempt.target  4 business_hours → 2 business_hours",
        "    due 2 h earlier",
        "",
        "changes: 4",
    ]


def test_scripts_see_the_changes_as_json(edited):
    ran = diff(edited(name="a.yaml"), edited(*NEXT, FASTER, name="b.yaml"), "--json")
    said = json.loads(ran.stdout)
    assert (ran.exit_code, said["old"], said["new"], said["warnings"]) == (DIFFERENT, "acme-2026-q4/3", "acme-2026-q4/4", [])
    assert said["changes"][-1] == {
        "group": "clocks",
        "field": "clocks.first_attempt.target",
        "old": "4 business_hours",
        "new": "2 business_hours",
        "meaning": "due 2 h earlier",
    }


def test_long_words_stand_on_a_line_of_their_own_where_it_is_narrow(edited):
    ran = diff(edited(name="a.yaml"), edited(("reps: {r3: {}, r4: {}}", "reps: {r3: {}, r4: {}, r7: {capacity: 9}}")), columns=40)
    assert max(map(len, ran.stdout.splitlines()[4:])) <= 40


def test_one_version_with_two_texts_is_a_warning(edited):
    ran = diff(edited(name="a.yaml"), edited(FASTER, name="b.yaml"))
    assert (ran.exit_code, "acme-2026-q4/3 says two things" in ran.stdout) == (DIFFERENT, True)


def test_a_version_that_does_not_follow_is_a_warning(edited):
    ran = diff(edited(name="a.yaml"), edited(("version: 3 ", "version: 4 "), name="b.yaml"))
    assert "acme-2026-q4/4 comes into force no later than acme-2026-q4/3" in ran.stdout.replace("\n", " ")


def test_a_folder_stands_for_its_latest_version(edited, tmp_path: Path):
    old, new = edited(name="a.yaml"), edited(*NEXT, FASTER, name="b.yaml")
    ran = diff(folder(tmp_path / "was", old), folder(tmp_path / "is", old, new), "--json")
    said = json.loads(ran.stdout)
    assert (said["old"], said["new"], len(said["changes"]), said["warnings"]) == ("acme-2026-q4/3", "acme-2026-q4/4", 4, [])


def test_an_earlier_version_that_changed_or_is_gone_is_a_warning(edited, tmp_path: Path):
    old, new = edited(name="a.yaml"), edited(*NEXT, name="b.yaml")
    was = folder(tmp_path / "was", old, new)
    changed = diff(was, folder(tmp_path / "changed", edited(FASTER, name="a.yaml"), new), "--json")
    gone = diff(was, folder(tmp_path / "gone", new), "--json")
    assert (changed.exit_code, gone.exit_code) == (DIFFERENT, DIFFERENT)
    assert "acme-2026-q4/3 says two things" in json.loads(changed.stdout)["warnings"][0]
    assert "acme-2026-q4/3 is gone" in json.loads(gone.stdout)["warnings"][0]


@pytest.mark.parametrize("spoil", [("grace: 30 minutes", "grace: x"), None])
def test_wrong_use_ends_with_2(edited, spoil: tuple[str, str] | None, tmp_path: Path):
    other = edited(spoil, name="b.yaml") if spoil else tmp_path / "missing.yaml"
    ran = diff(edited(name="a.yaml"), other)
    assert ran.exit_code == WRONG_USE
    assert "evidence.grace" in ran.stderr or "missing.yaml" in ran.stderr
