"""Where images come from: MNIST, which is embedded, or the user's own files."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets import sized
from fivebyfive.datasets.dataset import Dataset, Images, together
from fivebyfive.datasets.decoded import Wanted
from fivebyfive.datasets.limits import shown
from fivebyfive.errors import Failure, InputError
from fivebyfive.pictures import fitting

__all__ = ["GIVEN", "NAMES", "Dataset", "Images", "given", "load", "samples", "together"]

GIVEN = "data given in Python"
"""What data is called that was no path, in a run folder too."""
NAMES = ("mnist", "written", "written_pairs")
"""Data sets that come with the package; all others are paths."""


def load(
    source: str | Path = "mnist",
    shape: tuple[int, int, int] | None = None,
    *,
    size: tuple[int, int] | None = None,
    fit: str = fitting.USUAL,
    cache: bool = True,
    skip_broken: bool = False,
) -> Dataset:
    """The data set at `source`: a name, a folder of IDX files or of a sub-folder a class, an .npz or a .csv file, of
    pixels or of file names and labels, or of shards (`shards.py`).

    The names are "mnist", and for a reader of photos "written", MNIST and more, and "written_pairs", touching.

    Args:
        shape: the height, width and channels that pictures of mixed sizes are brought to; None: found from them.
        size: height and width alone; the channels are found. Arrays are brought to it too.
        fit: how pictures are brought to that: "squeeze", "crop", "pad" or "resize".
        cache: keep decoded pictures on the disk for the next time; false: decode them each time.
        skip_broken: go on without the pictures of a folder that cannot be read; `Dataset.left_out` names them.

    Raises:
        InputError: there is no such data, it is damaged, or there is too little of it or far too much
            (`limits.MOST_BYTES`).
        Failure: this machine's memory is too small for it.
    """
    fitting.checked(fit)
    if str(source) == GIVEN:
        raise InputError(
            f"the model was trained on {GIVEN}, which is kept nowhere; give some data, in Python or --data"
        )
    if str(source) == "mnist":
        from fivebyfive.datasets import mnist

        return sized.sized(mnist.load(), size, fit)
    if str(source) == "written":
        from fivebyfive.datasets import written

        return sized.sized(written.load(), size, fit)
    if str(source) == "written_pairs":
        from fivebyfive.datasets.written import pairs

        return sized.sized(pairs.load(), size, fit)
    path = Path(source)
    try:
        from fivebyfive.datasets import finding

        found = finding.load(path, Wanted(shape, size, fit, cache, skip_broken))
        return sized.sized(found, size, fit)
    except MemoryError:
        raise Failure(f"data {path} does not fit into this machine's memory; use fewer or smaller images") from None
    except OSError as error:
        where = shown(error.filename or path, 400)
        raise InputError(f"data {where} cannot be read ({error.strerror or error}); check the path") from None


def given(data: object, *, size: tuple[int, int] | None = None, fit: str = fitting.USUAL) -> Dataset:
    """The data set that `data` is: arrays ``(x, y)``, a data set of PyTorch or Hugging Face, or several as parts.

    Raises:
        InputError: it is none of these, or something is wrong with it.
        Failure: its own code raised.
    """
    from fivebyfive.datasets import from_python

    return from_python.given(GIVEN, data, Wanted(None, size, fitting.checked(fit)))


def samples(shape: tuple[int, int, int], count: int) -> npt.NDArray[np.uint8]:
    """Real images for any network to be tried on: `count` of MNIST's test images as uint8 [count, *shape]."""
    height, width, channels = shape
    grey = np.stack([fitting.fitted(image, (height, width, 1)) for image in load("mnist").test.pixels[:count]])
    return np.repeat(grey, channels, axis=3)
