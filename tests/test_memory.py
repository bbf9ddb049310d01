"""Freed memory stays with the process: the next step finds its pages there."""

import os
import subprocess
import sys

PROGRAM = """
import resource, sys
import torch
from fivebyfive.memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()


def step():
    maps = [torch.ones(2 << 20) for layer in range(8)]


step(), step(), step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for again in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_memory_that_a_step_frees_is_there_for_the_next() -> None:
    def faults(how: str) -> int:
        # Every large block is one of its own from the system: glibc else learns, sooner or later, to keep some.
        environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "131072"}
        command = [sys.executable, "-c", PROGRAM, how]
        return int(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)

    pages = 8 * (8 << 20) // 4096  # that a step fills
    left = faults("leave")
    assert left > 9 * pages
    assert faults("keep") < left / 20  # a map or two may be laid elsewhere once: something small took its place
