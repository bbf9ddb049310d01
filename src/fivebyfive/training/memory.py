"""Keep the memory that one step of training frees for the next step.

The C library of Linux gives every large block back to the system as soon as it is freed; the next step then asks for
it again and the system clears it, page by page: up to a tenth of a step's time for nothing.

Source: mallopt(3), M_MMAP_MAX and M_TRIM_THRESHOLD.
"""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_MAX = -1, -4
NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """Let this process keep what it frees, for its own next use; where there is no glibc, nothing happens."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(MMAP_MAX, 0)
        mallopt(TRIM_THRESHOLD, NEVER)
