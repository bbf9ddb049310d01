"""Lines for tests of rules."""

import numpy as np

from fivebyfive.pictures.rules.line import Line


def straight(first: int, last: int, at: float, thick: float = 8.0, dark: float = 0.22) -> Line:
    return Line(first, np.full(last - first + 1, at), thick, dark)
