"""A network made for accuracy: two columns, deep networks that see the same picture and answer together.

Each learns by itself, from changed pictures of its own. As they make different mistakes, together they read better
than one of them alone.

Source: D. Cireşan, U. Meier and J. Schmidhuber, Multi-column Deep Neural Networks for Image Classification, 2012,
https://arxiv.org/abs/1202.2745
"""

from fivebyfive.networks.deep import Deep
from fivebyfive.networks.ensemble import Ensemble

COLUMNS = 2


class Best(Ensemble):
    """Two of `Deep`; arguments as there."""

    def __init__(
        self, height: int = 28, width: int = 28, channels: int = 1, classes: int = 10, keep_prob: float = 0.75
    ) -> None:
        super().__init__([Deep(height, width, channels, classes, keep_prob) for _ in range(COLUMNS)])
