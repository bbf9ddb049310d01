"""Maps are brought to another size, in every mode."""

from collections.abc import Callable
from typing import Any

import pytest
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.interpolate(x, scale_factor=2, mode="nearest-exact"),
    lambda x: F.interpolate(x, size=(3, 5), mode="bilinear", antialias=True),
    lambda x: F.interpolate(x, size=(3, 5), mode="bicubic", antialias=True),
    lambda x: F.interpolate(x, size=(3, 5), mode="area"),
    lambda x: F.interpolate(x[0], size=5, mode="linear"),
    lambda x: F.interpolate(x.reshape(1, 3, 4, 4, 4), scale_factor=1.5, mode="trilinear"),
    lambda x: F.interpolate(x[0], 5),
    lambda x: F.upsample(x, scale_factor=2),
    lambda x: F.pixel_unshuffle(x, 2),
    lambda x: F.channel_shuffle(x.reshape(1, 6, 4, 8), 3),
    lambda x: (
        F.pad(x[0], (2, 1), mode="reflect"),
        F.pad(x.reshape(1, 3, 4, 4, 4), (1, 1, 1, 1, 1, 1), mode="circular"),
        F.pad(x, (1, -1, 0, 2), value=3.0),
    ),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
