"""When Python looks for garbage: seldom, since references are counted, and with its own settings looking takes a tenth of all work."""

import ctypes
import gc

YOUNG, MIDDLE, OLD = 500_000, 20, 100  # more young ones than a worker has waiting records, which come and go without being garbage


def look_seldom() -> None:
    """To be called when all is imported: what is there stays."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.freeze()


def give_back() -> None:
    """After much was read at once: what is garbage goes now, and what is free is the machine's again, where the C library can do that."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
