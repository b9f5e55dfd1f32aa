"""The list of faults, read; putting them in and finding them is done elsewhere."""

import tomllib
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("faults.toml")


class Fault(NamedTuple):
    """`original` stands in the module of `processor/domain`, once. `excuse`: why no test can find it; empty for nearly all."""

    name: str
    module: str
    original: str
    replacement: str
    excuse: str = ""

    @property
    def file(self) -> Path:
        """Within the tree."""
        return Path("processor/domain", f"{self.module}.py")


def faults() -> list[Fault]:
    written = tomllib.loads(LIST.read_text())
    return [Fault(name, module, *texts) for module, named in written.items() for name, texts in named.items()]
