"""Is what we depend on still chosen with a reason and locked to the byte? Whether it works is for every other test."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
LOCK = (ROOT / "constraints.txt").read_text()


def test_every_dependency_and_every_lint_exception_has_its_reason_beside_it():
    lists = re.findall(r'^(?:dependencies|dev|ignore|"[^"\n]+") = \[\n(.*?)^\]', PYPROJECT, re.MULTILINE | re.DOTALL)
    entries = [line for text in lists for line in text.splitlines()]
    assert len(entries) > 20
    assert [line for line in entries if " # " not in line] == []


def test_what_we_ask_for_is_what_is_locked():
    project = tomllib.loads(PYPROJECT)
    wanted = project["build-system"]["requires"] + project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    locked = {canonicalize_name(name): version for name, version in re.findall(r"^(\S+)==(\S+)", LOCK, re.MULTILINE)}
    unlocked = [text for text in wanted if locked.get(canonicalize_name(Requirement(text).name), "") not in Requirement(text).specifier]
    assert not unlocked, "run `make lock`"


def test_the_lock_holds_names_versions_and_hashes_and_nothing_else():
    entry = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert not entry.sub("", LOCK).strip()
