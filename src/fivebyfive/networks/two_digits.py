"""`Deep` for pictures of two digits, 28×44, and a hundred pairs: with few maps at its end, which leave it small."""

from fivebyfive.networks.deep import Deep

FILTERS = (24, 48, 64, 64, 24)


class TwoDigits(Deep):
    """Convolutions as in `Deep` → every place of every feature map, weighted → pairs, and none of them."""

    def __init__(self, height: int = 28, width: int = 44, channels: int = 1, classes: int = 101) -> None:
        super().__init__(height, width, channels, classes, filters=FILTERS)
