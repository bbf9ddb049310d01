"""How the network of a trace is shown another picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from torch import nn

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace


@dataclass(frozen=True, eq=False)
class Anew:
    """What a trace does not hold itself, and whoever explains further pictures must know.

    Attributes:
        network: as it was given, without its classes.
        preparation: `preparation.DIGITS` or `WHOLE`: how it takes pictures.
        fit: how a whole one comes to its size, one of `fitting.FITS`.
        outputs: one of `outputs.KINDS`: what its answer is.
        explain: the trace of another picture, uint8 [H, W, C] of the first one's size, taken as it is.
    """

    network: nn.Module
    preparation: str
    fit: str
    outputs: str
    explain: "Callable[[npt.NDArray[np.uint8]], Trace]"
