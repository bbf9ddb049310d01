"""Whether a drawing holds more than one digit: parts side by side, each about as tall as the others.

A digit's own loose strokes (a 5's bar, an open 4's) lie above or below one another, or are short; so a blank column
between two tall parts tells two digits. The page has the same rule for what it prepares itself (`several.js`).
"""

import numpy as np
import numpy.typing as npt

SEVERAL = "several digits; draw one"
"""What an answer to such a drawing is marked with."""
TALL = 0.5
"""Of the tallest part, what another has at least."""


def is_several(mask: npt.NDArray[np.bool_]) -> bool:
    """Whether the ink, bool [h, w], is of several digits."""
    inked = np.flatnonzero(mask.any(axis=0))
    parts = np.split(inked, np.flatnonzero(np.diff(inked) > 1) + 1)
    heights = [int(np.ptp(np.flatnonzero(mask[:, part].any(axis=1)))) + 1 for part in parts if len(part)]
    return sum(height >= TALL * max(heights) for height in heights) > 1
