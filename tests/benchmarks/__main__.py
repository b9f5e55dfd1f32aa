"""`python -m tests.benchmarks`: how fast a worker is, how fast its peers are at the same work on the same broker, and by how much."""

import argparse
import json
import logging
import os
import time
from pathlib import Path

from rich.console import Console

from processor.garbage import look_seldom
from tests.benchmarks.bench import FULL, PARTS, QUICK, measure
from tests.benchmarks.report import write_readme

FILE_WIDTH = 160  # of a table that no terminal shows


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measures a worker and its peers, for up to 20 minutes."
    )
    parser.add_argument("--quick", action="store_true", help="a small part of the work, and once; good for a look, not for the README")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), metavar="PART", help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--readme", action="store_true", help="write them into README.md")
    arguments = parser.parse_args()
    look_seldom()  # as a worker does
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # topics a second old have no leaders yet, and it tries again
    if arguments.quick:
        os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")  # brokers that live for seconds
    console, began = Console(), time.monotonic()
    if not console.is_terminal:
        console.width = FILE_WIDTH
    scale = QUICK if arguments.quick else FULL
    report = measure(scale, lambda words: console.print(words, style="dim", highlight=False, markup=False), arguments.only)
    console.print(report.as_table())
    console.print(f"The benchmark took {time.monotonic() - began:.0f} s.", style="dim", highlight=False)
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    if arguments.readme:
        write_readme(report)


if __name__ == "__main__":
    main()
