"""Where a command's lines come from and go: a file, or standard input and output; what stands in them is the command's."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

from processor.cli.options import WrongUse

STANDARD = Path("-")


def opened(file: Path) -> AbstractContextManager[BinaryIO]:
    """To be read. Raises WrongUse where it cannot be."""
    return _open(file, "rb", sys.stdin, "read", "a file of CloudEvents, one a line")


def emptied(out: Path) -> AbstractContextManager[BinaryIO]:
    """To be written. Raises WrongUse where it cannot be."""
    return _open(out, "wb", sys.stdout, "written", "another file")


@contextmanager
def _open(path: Path, mode: Literal["rb", "wb"], standard: TextIO, done: str, instead: str) -> Iterator[BinaryIO]:
    if path == STANDARD:
        yield standard.buffer
        return
    try:
        file = path.open(mode)
    except OSError as error:
        raise WrongUse(f"{path} cannot be {done}: {error.strerror}; name {instead}") from error
    with file:
        yield file
