"""Puts each fault into a copy of the tree and says who finds it: the scenarios, the checker over simulated worlds, else the laws.

python -m tests.mutation                    all of them, half an hour; exit 1 where fewer than 90 % are found
python -m tests.mutation --only "a note"    those whose names contain the words
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.mutation.faults import Fault, faults

ROOT = Path(__file__).parents[2]
ENOUGH = 0.9
QUICK_TESTS = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header")
JUDGES = {
    "scenarios": (*QUICK_TESTS, "tests/scenarios", "tests/replay/test_conformance.py"),
    "laws": (*QUICK_TESTS, "tests/laws", "tests/domain"),
    "checker": ("-m", "tests.simulation.worlds", "--worlds", "12"),
}
LIMIT_S = 300  # a fault may make a loop endless


class Verdict(NamedTuple):
    fault: Fault
    found_by: Sequence[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORDS")
    only = parser.parse_args().only
    with TemporaryDirectory() as name:
        tree = Path(name, "tree")
        _copy(tree)
        if unsound := [judge for judge in JUDGES if _finds(judge, tree)]:
            sys.exit(f"{' and '.join(unsound)}: something is wrong before any fault was put in")
        verdicts = [_judged(fault, tree) for fault in faults() if only in fault.name]
    return _report(verdicts)


def _copy(tree: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for file in listed.splitlines():
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tree / file)


def _judged(fault: Fault, tree: Path) -> Verdict:
    file = tree / fault.file
    sound = file.read_text()
    file.write_text(sound.replace(fault.original, fault.replacement))
    try:
        found_by = [judge for judge in ("scenarios", "checker") if _finds(judge, tree)]
        if "scenarios" not in found_by and _finds("laws", tree):
            found_by.append("laws")
    finally:
        file.write_text(sound)
    print(f"{', '.join(found_by) or 'NOBODY':28} {fault.module}: {fault.name}", flush=True)  # noqa: T201
    return Verdict(fault, found_by)


def _finds(judge: str, tree: Path) -> bool:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}
    try:
        run = subprocess.run([sys.executable, *JUDGES[judge]], check=False, cwd=tree, env=environment, capture_output=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return True
    return run.returncode != 0


def _report(verdicts: list[Verdict]) -> int:
    found = [verdict for verdict in verdicts if verdict.found_by]
    by_scenarios, by_checker = (sum(judge in verdict.found_by for verdict in verdicts) for judge in ("scenarios", "checker"))
    print(f"\n{len(found)} of {len(verdicts)} faults found; scenarios alone find {by_scenarios}, the checker alone {by_checker}")  # noqa: T201
    for fault, found_by in verdicts:
        if not found_by:
            print(f"not found: {fault.module}: {fault.name}: {fault.excuse or 'no excuse'}")  # noqa: T201
    return 0 if len(found) >= ENOUGH * len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
