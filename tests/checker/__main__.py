"""Judges two files from the command line: what went in and what came out; see `judge`."""

import argparse
import sys
from pathlib import Path

from tests.checker.instants import instant
from tests.checker.judge import judge_files

parser = argparse.ArgumentParser(prog="python -m tests.checker", description="Is what came out right, by the agreement alone?")
parser.add_argument("inputs", type=Path, help="the file that was replayed, or what `handoff tail --json` printed of the input topics")
parser.add_argument("outputs", type=Path, help="the replay's output, or what `handoff tail --json` printed of the output topics")
parser.add_argument("--policy", type=Path, required=True, help="the directory of policies")
parser.add_argument("--until", type=instant, help="as given to the replay, or the instant up to which a worker can have decided")
asked = parser.parse_args()
found = judge_files(asked.inputs, asked.outputs, asked.policy, asked.until)
sys.stdout.writelines(f"{violation}\n" for violation in found)
sys.stdout.write(f"{len(found)} violations\n")
sys.exit(bool(found))
