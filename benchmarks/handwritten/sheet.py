"""A picture and what is written on it, as plain data."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class Sheet:
    """A picture and what is written on it.

    Attributes:
        picture: uint8 [h, w, 3], red, green and blue.
        text: digits and marks in reading order, a line a row; cells of a table that are beside each other have a space
            between them; "" for a picture of nothing.
        traits: what it was made with, to see what a failure depends on.
        others: texts that are as right, where what is written can be read in several orders.
    """

    picture: Pixels
    text: str
    traits: dict[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
