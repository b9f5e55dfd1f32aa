"""A worker dies at once and says why; dying at one place again and again is said loudly."""

import subprocess
import sys
from pathlib import Path

from processor.stream.deaths import EXIT_CODE, Deaths

DIE = """
import pathlib, sys
from processor.stream.deaths import Deaths
Deaths(pathlib.Path(sys.argv[1])).die("cause", 3, {"t": int(sys.argv[2])})
"""


def die(folder: Path, offset: int) -> int:
    return subprocess.run([sys.executable, "-c", DIE, str(folder), str(offset)], check=False, capture_output=True).returncode


def test_it_dies_with_its_own_exit_code(tmp_path: Path) -> None:
    assert die(tmp_path, 7) == EXIT_CODE


def test_three_deaths_at_the_same_offsets_are_reported(tmp_path: Path) -> None:
    for offset in (7, 8, 7):
        die(tmp_path, offset)
    assert Deaths(tmp_path).report() == 0
    die(tmp_path, 7)
    assert Deaths(tmp_path).report() == 1


def test_a_line_that_was_cut_is_passed_over(tmp_path: Path) -> None:
    for _ in range(3):
        die(tmp_path, 7)
    file = tmp_path / "deaths.jsonl"
    file.write_text(file.read_text(encoding="utf-8") + '{"at": "2026', encoding="utf-8")
    assert Deaths(tmp_path).report() == 1


def test_a_folder_without_deaths_has_nothing_to_report(tmp_path: Path) -> None:
    assert Deaths(tmp_path).report() == 0
