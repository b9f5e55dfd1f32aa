"""`python -m tests.benchmarks`: how fast a worker is, how fast plain Faust is at the same work on the same broker, and their ratio."""

import argparse
import gc
import json
import logging
from pathlib import Path

from rich.console import Console

from processor.stream.worker import MIDDLE, OLD, YOUNG
from tests.benchmarks.bench import FULL, QUICK, measure
from tests.benchmarks.report import write_readme


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measures a worker and its peers, for some minutes.")
    parser.add_argument("--quick", action="store_true", help="a small part of the work, and once; good for a look, not for the README")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--readme", action="store_true", help="write them into README.md")
    arguments = parser.parse_args()
    gc.set_threshold(YOUNG, MIDDLE, OLD)  # as a worker does: the limit is measured in this process
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # topics a second old have no leaders yet, and it tries again
    console = Console()
    report = measure(QUICK if arguments.quick else FULL, lambda words: console.print(words, style="dim", highlight=False))
    console.print(report.as_table())
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    if arguments.readme:
        write_readme(report)


if __name__ == "__main__":
    main()
