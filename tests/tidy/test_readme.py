"""Does the README show what there is: metrics, settings, layers? And are the files there that we name to a reader?"""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from processor import metrics, settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOLD = ("*.md", "*.yml", "Makefile", "deploy/**/*.*", "tests/README.md", "processor/cli/*.py")
FOLDERS = "deploy|processor|schemas|tests"


@pytest.mark.parametrize(("name", "table"), [("metrics", metrics.table), ("settings", settings.table)])
def test_the_readme_shows_the_whole_table(name: str, table: Callable[[], str]):
    [shown] = re.findall(rf"<!-- {name} -->\s*(.*?)\s*<!-- /{name} -->", README, re.DOTALL)
    assert shown == table().strip(), f"put there what `python -m processor.{name}` prints"


def test_the_readme_shows_the_layers_that_are_checked_and_forgets_no_part():
    there = {"schemas"} | {f"processor/{path.stem}" for path in (ROOT / "processor").iterdir() if path.suffix in {"", ".py"}}
    there -= {"processor/__init__", "processor/__pycache__"}
    rows = [
        set(re.findall(r"`([\w/]+)(?:\.py)?`", cell)) for cell in re.findall(r"^\| (`(?:processor|schemas).*?) \|", README, re.MULTILINE)
    ]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if "layers" in contract]
    checked = [{name.replace(".", "/") for name in re.findall(r"[\w.]+", layer)} & there for layer in layers]
    assert [layer <= row for layer, row in zip(checked, rows, strict=True)] == [True] * len(layers)
    assert set.union(*rows) == there


def test_every_file_and_folder_that_a_reader_is_told_of_is_there():
    told = {path: path.read_text(encoding="utf-8") for pattern in TOLD for path in ROOT.glob(pattern) if path.is_file()}
    named = {(path, name) for path, text in told.items() for name in re.findall(rf"(?<![\w/.-])(?:\./)?((?:{FOLDERS})/[\w./-]*\w)", text)}
    assert len(named) > 40
    gone = [(path, name) for path, name in named if not (ROOT / name).exists() and not (path.parent / name).exists()]
    assert sorted(f"{path.relative_to(ROOT)}: {name}" for path, name in gone) == []
