"""Convolutions, poolings and batch norms of TensorFlow's vocabulary, [N, H, W, C], with all that they may have."""

import random
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fivebyfive import explain, ops
from fivebyfive.errors import InputError
from sums import expect_true, five_places


def _drawn(seed: int) -> tuple[Tensor, dict[str, Any]]:
    """An image, and a window that fits into it."""
    rng = random.Random(seed)
    height, width, channels = rng.randint(4, 11), rng.randint(4, 11), rng.choice([2, 4, 6])
    stride = rng.randint(1, 3)
    dilation = rng.choice([1, 2]) if stride == 1 else 1
    padding = rng.choice(["SAME", "VALID"])
    room = [n if padding == "SAME" else (n - 1) // dilation + 1 for n in (height, width)]
    kernel = [rng.randint(1, min(4, n)) for n in room]
    torch.manual_seed(seed)
    window = {"kernel": kernel, "strides": stride, "padding": padding, "dilations": dilation}
    return torch.randn(1, height, width, channels), window | {"groups": rng.choice([1, 2, channels])}


class Windows(nn.Module):
    layout = "NHWC"

    def __init__(self, image: Tensor, window: dict[str, Any]) -> None:
        super().__init__()
        self.shape_of_image, channels = image.shape, image.shape[3]
        self.window = {name: window[name] for name in ("strides", "padding", "dilations")}
        self.pool = {"ksize": [1, *window["kernel"], 1], "strides": window["strides"], "padding": window["padding"]}
        self.filters = nn.Parameter(torch.randn(*window["kernel"], channels // window["groups"], 2 * channels))
        self.spread = nn.Parameter(torch.randn(*window["kernel"], channels, 2 * channels))
        self.statistics = (
            torch.randn(channels),
            torch.rand(channels) + 0.1,
            torch.randn(channels),
            torch.randn(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = ops.conv2d(x, self.filters, **self.window)
        x = ops.conv2d_transpose(y, self.spread, self.shape_of_image, **self.window)
        x = ops.avg_pool(x, **self.pool)
        return ops.batch_normalization(x, *self.statistics, 1e-3)


@pytest.mark.parametrize("seed", range(40))
def test_every_sum_is_true_and_every_window_is_known(seed: int) -> None:
    image, window = _drawn(seed)
    trace = explain(Windows(image, window), image)
    assert [step.op for step in trace.steps[1:-1]] == ["conv2d", "conv2d_transpose", "avg_pool", "batch_normalization"]
    for step in trace.steps[1:]:
        expect_true(step, five_places(step), known=True)
        assert step.layout == "NHWC"
        assert step.receptive_field is not None
    filters, spread = trace.steps[1], trace.steps[2]
    assert filters.attributes["groups"] == window["groups"]
    assert spread.output_shape == tuple(image.shape)
    assert trace.parameter_count == filters.weight.numel() + spread.weight.numel()  # type: ignore[union-attr]


def test_depthwise_filters_are_called_so() -> None:
    image = torch.randn(1, 6, 6, 3)
    network = Windows(image, {"kernel": [3, 3], "strides": 1, "padding": "SAME", "dilations": 1, "groups": 3})
    said = explain(network, image).steps[1].words()
    assert said[0] == "6 filters of 3×3×1 slide over 6×6×3, each gives one map of 6×6."
    assert "groups = 3: every channel has filters of its own, and no filter mixes channels (depthwise)." in said


def test_channels_that_do_not_divide_are_told() -> None:
    with pytest.raises(InputError, match=r"conv2d: x has 4 channels .* but W takes 3"):
        ops.conv2d(torch.zeros(1, 5, 5, 4), torch.zeros(3, 3, 3, 2), 1, "SAME")
    with pytest.raises(InputError, match=r"but W takes 2"):
        ops.conv2d(torch.zeros(1, 5, 5, 4), torch.zeros(3, 3, 2, 3), 1, "SAME")  # 3 filters are not in 2 groups
    with pytest.raises(InputError, match=r"batch_normalization: scale has shape \[3\]"):
        ops.batch_normalization(torch.zeros(1, 4), torch.zeros(4), torch.ones(4), None, torch.ones(3), 1e-3)
