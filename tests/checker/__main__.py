"""Judges two files from the command line: what went in and what came out; how they are made, `judge` says.

It says how much it judged. 0: nothing is wrong; 1: something is; 2: there was nothing to judge, or a line that cannot be.
"""

import argparse
import sys
from pathlib import Path

from tests.checker.instants import instant
from tests.checker.judge import run_of_files, violations
from tests.checker.tailed import WrongLine

parser = argparse.ArgumentParser(prog="python -m tests.checker", description="Is what came out right, by the agreement alone?")
parser.add_argument("inputs", type=Path, help="the file that was replayed, or what `handoff tail --json` printed of the input topics")
parser.add_argument("outputs", type=Path, help="the replay's output, or what `handoff tail --json` printed of the output topics")
parser.add_argument("--policy", type=Path, required=True, help="the directory of policies")
parser.add_argument("--until", type=instant, help="as given to the replay, or the instant up to which a worker can have decided")
asked = parser.parse_args()
try:
    run = run_of_files(asked.inputs, asked.outputs, asked.policy, asked.until)
except (OSError, WrongLine) as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
found = list(violations(run))
sys.stdout.writelines(f"{violation}\n" for violation in found)
sys.stdout.write(f"{run.judged}\n{len(found)} violations\n")
sys.exit(1 if found else 0 if run.judged.records and run.judged.events else 2)
