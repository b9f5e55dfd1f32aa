"""Do the versions in a directory stand side by side, each once?"""

from pathlib import Path

import pytest

from processor.policy_file import PolicyError, check, load_policies
from schemas.instants import parse_instant

LATER = ("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00")
FOURTH = ("version: 3 ", "version: 4 ")


def test_versions_are_sorted_by_when_they_come_into_force(edited):
    edited(LATER, FOURTH, name="a.yaml")
    directory = edited(name="b.yml").parent
    policies = load_policies(directory)
    assert [policy.version for policy in policies.versions] == [3, 4]
    assert policies.at(parse_instant("2026-10-31T23:00:00Z")).version == 4


def test_other_files_are_no_versions(edited):
    directory = edited().parent
    (directory / "notes.txt").write_text("not YAML: [")
    assert len(load_policies(directory).versions) == 1


def test_a_version_twice_is_refused(edited):
    edited(name="a.yaml")
    directory = edited(LATER, name="b.yaml").parent
    with pytest.raises(PolicyError, match=r"b\.yaml:7: version: found acme-2026-q4/3 again, .*a\.yaml:7 has it too"):
        load_policies(directory)


def test_two_versions_from_one_instant_are_refused(edited):
    edited(name="a.yaml")
    directory = edited(FOURTH, ("2026-10-01T00:00:00+02:00", "2026-09-30T22:00:00Z"), name="b.yaml").parent
    with pytest.raises(PolicyError, match=r"b\.yaml:8: in_force\.from: .*a\.yaml:8 has it too"):
        load_policies(directory)


def test_findings_of_all_files_are_told(edited):
    edited(("version: 3 ", "version: x "), name="a.yaml")
    directory = edited(("grace: 30 minutes", "grace: x"), name="b.yaml").parent
    assert [(Path(finding.file).name, finding.field) for finding in check(directory)] == [
        ("a.yaml", "version"),
        ("b.yaml", "evidence.grace"),
    ]


@pytest.mark.parametrize("name", [".", "missing"])
def test_a_directory_without_a_policy_is_refused(name: str, tmp_path: Path):
    with pytest.raises(PolicyError, match="write one YAML file a version"):
        load_policies(tmp_path / name)
