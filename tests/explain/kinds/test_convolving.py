"""Filters slide along lines, over maps and through volumes, in every part of an inner batch."""

from collections.abc import Callable
from typing import Any

import pytest
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.explain import explain
from steps import expect_known, numbers, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: F.conv1d(x[0], numbers(4, 8, 3), numbers(4), padding=2, dilation=2),
    lambda x: F.conv1d(x[0], numbers(8, 1, 3), groups=8, padding="same"),
    lambda x: F.conv3d(x.reshape(1, 3, 4, 4, 4), numbers(2, 3, 2, 3, 3), numbers(2), padding=1, stride=(1, 2, 1)),
    lambda x: F.conv_transpose1d(x[0], numbers(8, 2, 3), numbers(2), stride=2, output_padding=1),
    lambda x: F.conv_transpose3d(x.reshape(1, 3, 4, 4, 4), numbers(3, 2, 2, 2, 2), stride=2, padding=1),
    lambda x: F.conv2d(x.reshape(3, 1, 8, 8), numbers(2, 1, 3, 3)),
    lambda x: F.max_pool1d(F.conv1d(x.reshape(6, 4, 8), numbers(2, 4, 3)), 2),
    lambda x: F.conv_transpose2d(x.reshape(4, 3, 4, 4), numbers(3, 2, 2, 2)),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))


PADDED = [
    nn.Conv1d(8, 3, 3, padding=2, padding_mode="circular"),
    nn.Conv1d(8, 3, 3, padding=2, padding_mode="reflect"),
    nn.Conv3d(3, 2, 3, padding=1, padding_mode="replicate"),
    nn.Conv2d(3, 2, 3, padding=(2, 1), padding_mode="reflect", groups=1),
]


@pytest.mark.parametrize("layer", PADDED, ids=range(len(PADDED)))
def test_padding_that_repeats_the_signal(layer: nn.Module) -> None:
    spatial = int(type(layer).__name__[-2])
    channels = 8 if spatial == 1 else 3
    expect_known(explain(layer.double(), numbers(1, channels, *[5] * spatial)))


def test_a_line_says_line_and_a_volume_its_numbers() -> None:
    said = "\n".join(expect_known(trace_of(lambda x: F.conv1d(x, numbers(4, 8, 3), stride=2), 1, 8, 9)).words())
    assert "4 filters of 3×8 slide along 9×8, each gives one line of 4." in said
    assert "O[n,i,k] = Σ_{di,q} I[n, 2·i+di, q] · W[di,q,k]." in said
    assert "Length: (9 − 3) / 2 + 1 = 4." in said
    weight = numbers(2, 3, 2, 3, 3)
    said = "\n".join(expect_known(trace_of(lambda x: F.conv3d(x, weight, padding=(0, 1, 1)), 1, 3, 4, 5, 6)).words())
    assert "2 filters of 2×3×3×3 slide through 4×5×6×3, each gives one volume of 3×5×6." in said
    assert "O[n,z,i,j,k] = Σ_{dz,di,dj,q} I[n, z+dz, i+di−1, j+dj−1, q] · W[dz,di,dj,q,k]." in said
    assert "Depth: (4 − 2) / 1 + 1 = 3; height: (5 + 1 + 1 − 3) / 1 + 1 = 5; width:" in said


def test_each_part_of_an_inner_batch_reads_its_own() -> None:
    trace = trace_of(lambda x: F.conv2d(x.reshape(3, 1, 8, 8), numbers(2, 1, 3, 3)))
    step = expect_known(trace, "conv2d")
    assert "The code takes 3 parts at a time, and each reads only its own." in step.words()
    for channel in range(6):
        rows = {term.position[2] for term in step.arithmetic(0, 0, channel).terms if term.position}
        assert rows == {channel // 2}
