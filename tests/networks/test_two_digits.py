"""The network for two digits: what `Deep` is, for wide pictures, and small."""

import torch

from fivebyfive.networks.deep import Deep
from fivebyfive.networks.two_digits import TwoDigits


def test_it_takes_wide_pictures_and_has_a_class_for_each_pair_and_none() -> None:
    network = TwoDigits().eval()
    assert network(torch.rand(3, 1, 28, 44)).shape == (3, 101)


def test_it_is_less_than_half_as_large_as_deep_would_be() -> None:
    small, large = (sum(p.numel() for p in net.parameters()) for net in (TwoDigits(), Deep(28, 44, 1, 101)))
    assert 2 * small < large
