"""The policy files of a running worker: what counts as a change, and what becomes of it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from processor.domain import watch
from processor.domain.policy import Policies
from processor.domain.versions import UnfitPolicies, digest
from processor.policy_file import PolicyError
from processor.stream.agreement import Agreement, against
from schemas.instants import SECOND

SAMPLE = Path(__file__).parents[2] / "deploy/samples/policies/policy.yaml"
FIRST = SAMPLE.read_text(encoding="utf-8")
SECOND_VERSION = FIRST.replace("version: 1\n", "version: 2\n").replace("2026-10-01", "2026-11-01")


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """As Kubernetes mounts a ConfigMap: files are links into a folder that is itself behind a link, exchanged at once."""
    swap(tmp_path, "1", FIRST)
    (tmp_path / "policy.yaml").symlink_to("..data/policy.yaml")
    return tmp_path


def swap(folder: Path, name: str, text: str) -> None:
    (folder / f"..{name}").mkdir()
    (folder / f"..{name}/policy.yaml").write_text(text, encoding="utf-8")
    (folder / "..new").symlink_to(f"..{name}")
    (folder / "..new").replace(folder / "..data")


def test_a_mounted_folder_that_is_exchanged_has_changed_only_if_its_files_say_something_else(mounted: Path):
    agreement = Agreement(mounted)
    assert agreement.look() is None
    swap(mounted, "2", FIRST)
    assert agreement.look() is None
    swap(mounted, "3", SECOND_VERSION)
    assert keys(agreement.look()) == ["sample-2026-q4/2"]
    assert agreement.look() is None, "it was looked at already"


def test_files_that_cannot_be_understood_are_a_change_too_with_file_line_and_field(mounted: Path):
    agreement = Agreement(mounted)
    swap(mounted, "2", FIRST.replace("target: 4 business_hours", "target: soon"))
    found = agreement.look()
    assert isinstance(found, PolicyError)
    assert "policy.yaml:" in str(found)
    assert "clocks.first_attempt.target" in str(found)


def test_a_folder_that_is_gone_for_a_moment_is_told_and_then_taken_up_again(mounted: Path):
    agreement = Agreement(mounted)
    (mounted / "policy.yaml").unlink()
    assert isinstance(agreement.look(), PolicyError)
    (mounted / "policy.yaml").symlink_to("..data/policy.yaml")
    assert keys(agreement.look()) == ["sample-2026-q4/1"]


def test_what_any_partition_has_decided_speaks_against_other_files_wherever_it_lies(mounted: Path):
    agreement = Agreement(mounted)
    (first,) = agreement.policies.versions
    reached = first.in_force_from + 90 * 86_400 * SECOND
    alike = watch.Watch(reached=reached, ruled={first.key: digest(first)})
    agreement.require([alike, watch.Watch()])
    assert refused(agreement, [alike, watch.Watch(reached=reached, ruled={first.key: "0"})]) == "sample-2026-q4/1 says something else"
    assert refused(agreement, [alike, watch.Watch(reached=reached, ruled={"other/1": "0"})]).startswith("other/1 is not there")
    swap(mounted, "2", SECOND_VERSION)
    (mounted / "first.yaml").write_text(FIRST, encoding="utf-8")
    found = agreement.look()
    assert isinstance(found, Policies)
    assert "would be in force from 2026-10-31" in against(found, [alike])[0], "one partition is already beyond its beginning"
    assert against(found, [watch.Watch(reached=first.in_force_from, ruled=alike.ruled)]) == []


def keys(found: Policies | PolicyError | None) -> list[str]:
    assert isinstance(found, Policies)
    return [policy.key for policy in found.versions]


def refused(agreement: Agreement, decided: Sequence[watch.Watch]) -> str:
    with pytest.raises(UnfitPolicies) as error:
        agreement.require(decided)
    return str(error.value).partition(" than")[0]
