"""A worker as a child of this process: started again when it died of what a new start cures, ended before us; its work is its own matter.

Use it from one thread that outlives the worker (the main one): Linux ends the worker with the thread that made it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from processor.stream.broker import until_parent_ends
from processor.stream.deaths import EXIT_CODE

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
STEADY_S = 120.0  # a worker that has lived so long and then dies begins with the first pause again
STOPPED_WITHIN_S = 30.0
LOG_LINES_SHOWN = 5


class WorkerEnded(Exception):
    """The worker has ended in a way that would only repeat itself; `log` is the end of what it wrote, "" where that is on the screen."""

    def __init__(self, code: int, log: str) -> None:
        self.code, self.log = code, log
        words = f"The end of its log:\n{log}" if log else "What it said last is above."
        super().__init__(f"The worker ended with exit code {code}. {words}")


class Supervisor:
    def __init__(self, command: Sequence[str], log: Path | None, say: Callable[[str], None]) -> None:
        """The worker's log goes to the file, or where ours goes. `say` is told of its deaths."""
        self._command, self._log, self._say = command, log, say
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = self._starts_at = 0.0

    def watch(self) -> None:
        """The worker runs, or its pause does. Call it about every second. Raises WorkerEnded."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._starts_at:
                self._process, self._started = self._spawn(), now
        elif (code := self._process.poll()) is not None:
            self._process = None
            if code != EXIT_CODE and code >= 0:  # negative: killed by a signal, the one of a machine out of memory for instance
                raise WorkerEnded(code, self._last_words())
            was_steady = now - self._started > STEADY_S
            self._pause = FIRST_PAUSE_S if was_steady else min(max(2 * self._pause, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            self._starts_at = now + self._pause
            how = f"died with exit code {code}" if code >= 0 else f"was killed by signal {-code}"
            self._say(f"the worker {how}; it starts again in {self._pause:.0f} s")

    def stop(self) -> None:
        """The worker has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = self._command
        if sys.platform == "linux":
            command = [sys.executable, "-IS", until_parent_ends.__file__, str(os.getpid()), *command]
        out = self._log.open("ab") if self._log else None
        try:
            # A session of its own: Ctrl-C in a terminal must reach us alone, for the worker ends before the broker.
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        finally:
            if out:
                out.close()

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
