"""How far long work is, and how long it will take, shown to whoever watches; to a file or a pipe nothing is said."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]
SHARES = 200  # a bar need not move more often


@contextmanager
def shown(what: str, total: int) -> Iterator[Advance]:
    """Gives what is to be called with each bit of the total that is done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task, waiting = progress.add_task(what, total=total), 0

        def advance(done: int) -> None:
            nonlocal waiting
            waiting += done
            if waiting * SHARES >= total:
                progress.advance(task, waiting)
                waiting = 0

        yield advance
