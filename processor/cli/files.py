"""Where a command's lines go: a file that it empties, or standard output; what stands in them is the command's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from processor.cli.options import WrongUse

STANDARD = Path("-")


@contextmanager
def emptied(out: Path) -> Iterator[BinaryIO]:
    """Raises WrongUse where it cannot be written."""
    if out == STANDARD:
        yield sys.stdout.buffer
        return
    try:
        file = out.open("wb")
    except OSError as error:
        raise WrongUse(f"{out} cannot be written: {error.strerror}; name another file") from error
    with file:
        yield file
