"""The shipped reader as an engine: the one that has cut the picture up already, so nothing is asked about twice."""

from fivebyfive.pictures.fitting import CROP
from fivebyfive.pictures.preparation import DIGITS, MNIST
from fivebyfive.pictures.reading import reader
from fivebyfive.prediction.engine import Floats, Pixels, fingerprint


class ReaderEngine:
    """The shipped reader as an `Engine`."""

    def __init__(self) -> None:
        self.classes, self.shape, self.preparation, self.fit = reader.classes(), MNIST, DIGITS, CROP

    def probabilities(self, images: Pixels) -> Floats:
        """As `Engine` says."""
        return reader.probabilities(images[..., 0])

    def fingerprint(self) -> str:
        """As `Engine` says."""
        return fingerprint("reader", reader.READER.read_bytes(), reader.PAIRS.read_bytes())
