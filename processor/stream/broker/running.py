"""The record of a running broker beside its data: which process it is, who started it, and where it answers.

It tells an orphan, which the next start ends, from a broker in use. Processes are known by id and start time, since ids are used again:
so the record can stay when the broker is stopped.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

# psutil adds a boot time to ticks, and the boot time that Linux tells moves with corrections of the clock.
SAME_START_S = 2.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process, whether or not it still lives; `started` in seconds since the epoch."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Process":
        return cls(pid, psutil.Process(pid).create_time())

    def alive(self) -> psutil.Process | None:
        """The process, if it is still this one; a zombie is not alive."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < SAME_START_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True, slots=True)
class Running:
    """A broker's JVM, the process that started it, and the address it serves."""

    jvm: Process
    owner: Process
    address: str

    def write(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Running | None":
        """What the file says; None where there is none or it says nothing that can be read."""
        try:
            said = json.loads(path.read_text())
            return cls(Process(**said["jvm"]), Process(**said["owner"]), said["address"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def orphaned(self) -> bool:
        return self.owner.alive() is None


def end(process: psutil.Process, patience_s: float) -> None:
    """Asks the process to end, waits, and kills it if it does not."""
    try:
        process.terminate()
        process.wait(patience_s)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()
    except psutil.NoSuchProcess:
        pass
