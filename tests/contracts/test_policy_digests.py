"""Would workers of this release still take over what those of an earlier one have decided by the same policy files?"""

from pathlib import Path

from processor.domain.versions import digest
from processor.policy_file import load_policies

STORIES = Path(__file__).parents[1] / "conformance"


def test_a_version_has_the_digest_that_earlier_releases_have_stored_of_it():
    """Where it has another, every worker refuses to start after the upgrade: what the file does not say must not be in the digest."""
    found = [digest(policy) for policy in load_policies(STORIES / "25-policy-version-pinned").versions]
    assert found == ["0777cf84a439", "464412b7971d"]
