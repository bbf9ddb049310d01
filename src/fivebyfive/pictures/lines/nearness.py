"""How near the parts of a picture are to one another: only neighbours are compared, however many parts there are.

Each pixel of paper belongs to the ink that is nearest to it. Where what belongs to one part meets what belongs to
another, the two are neighbours, and their nearest pixels are known. Neighbours are few, as borders are on a map.

Source: P. Felzenszwalb and D. Huttenlocher, Distance Transforms of Sampled Functions, Theory of Computing 8 (2012).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Neighbours: their numbers, `first` below `second`, [n] each, and how many pixels they are apart, [n]."""

    first: Numbers
    second: Numbers
    distance: Floats

    def least(self) -> "Pairs":
        """Each pair once, with its smallest distance."""
        low, high = np.minimum(self.first, self.second), np.maximum(self.first, self.second)
        order = np.lexsort((self.distance, high, low))
        low, high, distance = low[order], high[order], self.distance[order]
        new = np.ones(len(order), bool)
        new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        new &= low != high
        return Pairs(low[new], high[new], distance[new])


def pairs(labels: Labels, reach: float) -> Pairs:
    """The neighbours in `labels` [h, w], 0 for paper, that are less than `reach` pixels apart, from middle to middle.

    Two parts with a third between them are neighbours of that one, not of each other.
    """
    inked = labels > 0
    if not inked.any():
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    away, nearest = cv2.distanceTransformWithLabels(
        (~inked).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    at = np.flatnonzero(inked)
    owner = labels.ravel()[at][nearest - 1]
    close = np.asarray(away) <= 0.5 * reach + 1
    found = []
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        border = (owner[here] != owner[there]) & close[here] & close[there]
        one, other = at[nearest[here][border] - 1], at[nearest[there][border] - 1]
        y, x = np.divmod(one, labels.shape[1])
        v, u = np.divmod(other, labels.shape[1])
        found.append((owner[here][border], owner[there][border], np.hypot(x - u, y - v)))
    first, second, distance = (np.concatenate(column) for column in zip(*found, strict=True))
    near = distance < reach
    return Pairs(first[near].astype(np.int64), second[near].astype(np.int64), distance[near]).least()
