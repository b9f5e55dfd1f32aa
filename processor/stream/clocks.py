"""The two clocks of the shell: one for the order of what happens here, one for how late it is; neither is ever asked by a rule."""

import time

from schemas.instants import SECOND, Instant

# It goes on while the machine sleeps; where there is none, a sleep looks shorter than it was, which only delays proofs.
_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds; compare only with each other."""
    return time.clock_gettime(_BOOT)


def wall_clock() -> Instant:
    return time.time_ns() // 1000


_STARTED = wall_clock() - int(now() * SECOND)


def wall() -> Instant:
    """The instant, never later than this process's start and the time since then say: a clock set forward meanwhile proves nothing."""
    return min(wall_clock(), _STARTED + int(now() * SECOND))
