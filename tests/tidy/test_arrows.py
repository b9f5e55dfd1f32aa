"""Do arrows still point down only, and does the core still know no clock and no chance? The rules are in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent  # of the environment that runs the tests


def test_arrows_point_down_only():
    checked = _lint_imports(ROOT)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("schemas", "processor.domain"),
        ("processor.domain", "processor.stream"),
        ("processor.stream", "processor.cli"),
        ("processor.stream", "processor.simulation"),
        ("processor.domain", "time"),
        ("schemas", "pathlib"),
    ],
)
def test_an_arrow_that_points_elsewhere_is_caught(tmp_path: Path, module: str, imported: str):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("schemas", "processor"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / module.replace(".", "/") / "__init__.py").open("a") as source:
        source.write(f"\nimport {imported}\n")
    assert f"{module} -> {imported} (l." in _lint_imports(tmp_path).stdout


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import UTC, datetime\nprint(datetime.now(UTC))",
        "import time\nprint(time.time())",
        "from uuid import uuid4\nprint(uuid4())",
        "import random\nprint(random.random())",
    ],
)
def test_the_core_may_ask_no_clock_and_no_dice_and_the_shell_may(code: str):
    for core in ("schemas", "processor/domain", "processor/replay"):
        found = _banned(f"{core}/x.py", code)
        assert "TID251" in found
        assert "as an argument" in found or "Derive ids" in found
    for shell in ("processor/stream", "processor/cli", "processor/simulation", "tests"):
        assert not _banned(f"{shell}/x.py", code)


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return _run("lint-imports", "--no-cache", "--no-logo", folder=folder)


def _banned(path: str, code: str) -> str:
    return _run("ruff", "check", "--quiet", "--select=TID251", f"--stdin-filename={path}", "-", said=code).stdout


def _run(program: str, *options: str, folder: Path = ROOT, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAMS / program), *options]
    return subprocess.run(command, cwd=folder, input=said, capture_output=True, text=True, check=False)
