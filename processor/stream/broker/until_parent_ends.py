"""Becomes the command it is given, which Linux then ends with SIGTERM when its parent is gone, even by kill -9.

Run as a script with the parent's process id first. It stands between because PR_SET_PDEATHSIG must be asked for in the child,
and running Python between fork and exec of a process with threads can hang.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>; outlives the exec below

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:  # else it ended before the wish was heard
        os.execv(command[0], command)  # noqa: S606 - to become it is the point
