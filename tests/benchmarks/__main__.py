"""`python -m tests.benchmarks`: how fast a worker is, how fast plain Faust is at the same work on the same broker, and their ratio."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from tests.benchmarks.bench import FULL, QUICK, measure
from tests.benchmarks.report import write_readme


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measures workers and their peers; takes some minutes.")
    parser.add_argument("--quick", action="store_true", help="a small part of the work, once, in about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--readme", action="store_true", help="write them into README.md")
    arguments = parser.parse_args()
    console = Console()
    report = measure(QUICK if arguments.quick else FULL, lambda words: console.print(words, style="dim"))
    console.print(report.as_table())
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    if arguments.readme:
        write_readme(report)


main()
