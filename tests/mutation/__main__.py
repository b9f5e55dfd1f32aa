"""Puts each fault into a copy of the tree and says who finds it: the scenarios, the checker over simulated worlds, else the laws.

python -m tests.mutation                    all of them; exit 1 where fewer than 90 % are found
python -m tests.mutation --only "a note"    those whose names contain the words, or of the module of that name
"""

import argparse
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from tests.mutation.faults import Fault, faults

ROOT = Path(__file__).parents[2]
ENOUGH = 0.9
WORLDS = 12
LIMIT_S = 300  # a fault may make a loop endless
OURS = ("processor", "schemas", "tests")
# What every judge needs and no fault is in: read once, and every judge is a fork that has it already.
for _theirs in ("hypothesis.strategies", "holidays", "msgspec", "pydantic", "whenever", "yaml"):
    importlib.import_module(_theirs)


class Verdict(NamedTuple):
    fault: Fault
    found_by: Sequence[str]


def _tests(*asked: str) -> int:
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", *asked])


def _scenarios() -> int:
    """One story takes as long as all the others, and waits until they are told."""
    slow = "a-thousand-activities"
    return _tests("tests/scenarios", "tests/replay/test_conformance.py", "-k", f"not {slow}") or _tests("tests/scenarios", "-k", slow)


def _laws() -> int:
    return _tests("tests/domain", "tests/laws")


def _checker() -> int:
    live = importlib.import_module("tests.simulation.worlds").live
    return any(live(seed).wrong for seed in range(WORLDS))


JUDGES: dict[str, Callable[[], int]] = {"scenarios": _scenarios, "checker": _checker, "laws": _laws}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORDS")
    only = parser.parse_args().only
    sys.dont_write_bytecode = True  # so that none is read that is older than a fault
    with TemporaryDirectory() as name:
        tree = Path(name, "tree")
        _copy(tree)
        if unsound := [judge for judge in JUDGES if _finds(judge, tree)]:
            sys.exit(f"{' and '.join(unsound)}: something is wrong before any fault was put in")
        verdicts = [_judged(fault, tree) for fault in faults() if only in fault.name or only == fault.module]
    return _report(verdicts)


def _copy(tree: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for file in listed.splitlines():
        if (ROOT / file).exists():  # else deleted, and the deletion not committed yet
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, tree / file)


def _judged(fault: Fault, tree: Path) -> Verdict:
    file = tree / fault.file
    sound = file.read_text()
    file.write_text(sound.replace(fault.original, fault.replacement))
    try:
        found_by = [judge for judge in ("scenarios", "checker") if _finds(judge, tree)]
        if not found_by and _finds("laws", tree):
            found_by.append("laws")
    finally:
        file.write_text(sound)
    print(f"{', '.join(found_by) or 'NOBODY':20} {fault.module}: {fault.name}", flush=True)  # noqa: T201
    return Verdict(fault, found_by)


def _finds(judge: str, tree: Path) -> bool:
    process = get_context("fork").Process(target=_judge, args=(judge, tree))
    process.start()
    process.join(LIMIT_S)
    if process.is_alive():
        process.kill()
        return True
    return process.exitcode != 0


def _judge(judge: str, tree: Path) -> None:
    """In a process of its own, in which what is ours comes from the tree."""
    os.chdir(tree)
    os.environ["CI"] = "1"  # the laws' examples are the same for every fault
    sys.path[:] = [str(tree), *(path for path in sys.path if path not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    with Path(os.devnull).open("w") as silence, redirect_stdout(silence), redirect_stderr(silence):
        sys.exit(JUDGES[judge]())


def _report(verdicts: list[Verdict]) -> int:
    found = [verdict for verdict in verdicts if verdict.found_by]
    counts = ", ".join(f"{judge} {sum(judge in verdict.found_by for verdict in verdicts)}" for judge in JUDGES)
    print(f"\n{len(found)} of {len(verdicts)} faults found; by {counts} (laws are asked only where nobody else has found it)")  # noqa: T201
    for fault, found_by in verdicts:
        if not found_by:
            print(f"not found: {fault.module}: {fault.name}: {fault.excuse or 'no excuse'}")  # noqa: T201
    return 0 if len(found) >= ENOUGH * len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
