"""Is a module still something that one person reads in one sitting? What it says is for the reviewer."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for folder in ("processor", "schemas", "deploy", "tests") for path in (ROOT / folder).rglob("*.py"))
LINES_MAX = 400


def test_no_module_is_longer_than_400_lines():
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in MODULES}
    too_long = {path: count for path, count in lines.items() if count > LINES_MAX}
    assert not too_long, f"at most {LINES_MAX} lines; find the two concepts and part them"


def test_every_module_starts_with_a_sentence():
    mute = [path.relative_to(ROOT).as_posix() for path in MODULES if path.read_text().strip() and not _starts_with_a_sentence(path)]
    assert not mute, "start with one sentence: what the module is about, what stays outside"


def _starts_with_a_sentence(path: Path) -> bool:
    first_paragraph = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0]
    return first_paragraph.rstrip().endswith((".", "?", "!"))
