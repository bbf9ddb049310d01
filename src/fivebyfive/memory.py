"""Keep the memory that one batch frees for the next, in training and in evaluation.

The C library of Linux gives every large block back to the system as soon as it is freed; the next batch then asks
for it again and the system clears it, page by page: up to a third of the time for nothing.

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
