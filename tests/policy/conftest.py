"""The example policy, and a way to spoil it."""

from collections.abc import Callable
from pathlib import Path

import pytest

Edit = Callable[..., Path]


@pytest.fixture(scope="session")
def example() -> str:
    return (Path(__file__).parent / "policy.yaml").read_text(encoding="utf-8")


@pytest.fixture
def edited(example: str, tmp_path: Path) -> Edit:
    """Writes the example with each (old, new) replaced, which must stand in it exactly once."""

    def edit(*changes: tuple[str, str], name: str = "policy.yaml") -> Path:
        text = example
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return edit
