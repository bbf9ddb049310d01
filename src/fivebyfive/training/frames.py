"""Which steps of a training a film shows, and how many bytes it may have: the early steps, which change most, one by
one, and later ones ever more sparsely.
"""

import math
from itertools import accumulate, pairwise

FRAMES, MOST_FRAMES = 60, 1_000
"""Of a film, where nobody says how many; and the most that may be asked for."""
BYTES = 60_000_000
"""That a film of `FRAMES` or fewer may have; one of twice as many may have twice as many."""


def planned(frames: int, steps: int) -> tuple[int, ...]:
    """The steps that get one of at most `frames` frames, of a training of `steps`: its beginning, 0, every one of the
    first, then ever fewer, and the last.
    """
    if frames > steps:
        return tuple(range(steps + 1))
    if frames < 2:
        return (steps,) * frames
    early = (frames - 1) // 6
    left = frames - 1 - early
    bend = (steps - early - left) / left**2
    reached = [math.floor(n + bend * n * n + 0.5) for n in range(left + 1)]
    gaps = sorted(b - a for a, b in pairwise(reached))
    return tuple(accumulate([0, *[1] * early, *gaps]))


def bytes_for(frames: int) -> int:
    """How many bytes a film of so many frames may have, beside its pictures and names."""
    return BYTES * max(frames, FRAMES) // FRAMES
