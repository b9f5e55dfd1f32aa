"""How a worker dies: at once, without a farewell write, saying why and where; and what is said loudly when it keeps dying at one place."""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import structlog

log = structlog.get_logger()

REFUSED = 2
EXIT_CODE = 70  # EX_SOFTWARE: whoever watches starts the worker again, and the takeover finds out what was committed
OFTEN = 3
KEPT_BYTES = 65_536  # of the file, at the start; what happened before is in the logs


class Deaths:
    """The last deaths of the workers that share a folder, one JSON line each. Nobody needs the file to go on."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "deaths.jsonl"

    def die(self, why: str, partition: int | None = None, offsets: Mapping[str, int] | None = None) -> NoReturn:
        """`offsets`: by input topic what was applied last, so the next record is the one to look at."""
        handled = sys.exc_info()[0] is not None
        log.critical("the worker dies", why=why, partition=partition, offsets=offsets, exit_code=EXIT_CODE, exc_info=handled)
        if offsets is not None:
            note = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "partition": partition, "offsets": offsets, "why": why[:1000]}
            try:
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(note) + "\n")
            except OSError as error:
                log.warning("the death was not noted", file=str(self._file), error=str(error))
        _exit(EXIT_CODE)

    def leave(self, why: str) -> NoReturn:
        """All is durable, and the end does not come by itself."""
        log.warning("the worker leaves", why=why)
        _exit(0)

    def refuse(self, why: str) -> NoReturn:
        """Where a new start cures nothing."""
        log.critical("the worker cannot go on", why=why, exit_code=REFUSED)
        _exit(REFUSED)

    def report(self) -> int:
        """Says where workers have died at least three times; how many such places there are. Call it at the start."""
        if not self._file.exists():
            return 0
        lines = self._file.read_text(encoding="utf-8")[-KEPT_BYTES:].splitlines()
        self._file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        notes = [note for line in lines if (note := _parsed(line))]
        places = Counter(_place(note) for note in notes)
        often = {place: count for place, count in places.items() if count >= OFTEN}
        for place, count in often.items():
            last = next(note for note in reversed(notes) if _place(note) == place)
            log.critical(
                "workers keep dying at the same offsets: the partition stands still until the cause is gone; nothing is skipped",
                deaths=count, partition=last["partition"], offsets=last["offsets"], why=last["why"], last=last["at"],
            )  # fmt: skip
        return len(often)


def _exit(code: int) -> NoReturn:
    sys.stderr.flush()
    os._exit(code)


def _place(note: Mapping[str, object]) -> str:
    return json.dumps([note["partition"], note["offsets"]], sort_keys=True)


def _parsed(line: str) -> dict[str, object] | None:
    """None for a line that was cut."""
    try:
        note: dict[str, object] = json.loads(line)
    except ValueError:
        return None
    return note
