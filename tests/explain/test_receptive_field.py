"""A window holds exactly the pixels that a value depends on: a value is not a number where, and only where, one is.

On feature maps that is the window of a pixel, all its channels together; in a list it is each value's own.
"""

import math

import pytest
import torch
from torch import Tensor, nn

from architectures import ARCHITECTURES, OF_LAYERS
from fivebyfive.explain import Step, Trace, Window, explain
from fivebyfive.networks import build

NAN = float("nan")


def _positions(step: Step) -> list[tuple[int, int, int]]:
    """Two corners and the middle."""
    height, width, channels = step.size
    return [(0, 0, 0), (height - 1, width - 1, channels - 1), (height // 2, width // 2, channels // 2)]


def _spoilt(network: nn.Module, image: Tensor, row: int | None, column: int | None) -> Trace:
    """The trace of `image` with a row, or a column, that is not a number."""
    image = image.clone()
    if row is not None:
        image[..., row, :] = NAN
    if column is not None:
        image[..., column] = NAN
    return explain(network, image)


def _is_spoilt(step: Step, position: tuple[int, int, int]) -> bool:
    y, x, channel = position
    if step.layout == "flat":
        return math.isnan(step.value(y, x, channel))
    return bool(step.maps[:, y, x].isnan().any())


def _expect_exact(network: nn.Module, image: Tensor) -> None:
    network, image = network.double(), image.double()
    trace = explain(network, image)
    height, width = image.shape[-2:]
    by_row = [_spoilt(network, image, row, None) for row in range(height)]
    by_column = [_spoilt(network, image, None, column) for column in range(width)]
    for step in (step for step in trace.steps if step.output.is_floating_point()):
        for position in _positions(step):
            window = step.window(*position)
            if window is None:
                assert not step.origins
                continue
            rows = [y for y, other in enumerate(by_row) if _is_spoilt(other.steps[step.index], position)]
            columns = [x for x, other in enumerate(by_column) if _is_spoilt(other.steps[step.index], position)]
            expected = Window(rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) if rows else None
            found = window if window.y0 < window.y1 else None
            assert found == expected, (step.name, step.op, position)


@pytest.mark.parametrize("name", OF_LAYERS)
def test_the_window_is_exact(name: str) -> None:
    architecture = ARCHITECTURES[name]
    _expect_exact(architecture.network(), architecture.image())


def test_the_window_is_exact_in_tensorflows_vocabulary() -> None:
    class ChannelsFirst(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = ARCHITECTURES["height, width, channels"].network()

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.inner(x.permute(0, 2, 3, 1))
            return found

    _expect_exact(ChannelsFirst().eval(), torch.rand(3, 12, 11))


def test_the_window_is_exact_in_the_posts_network() -> None:
    network = build("conv_net", height=12, width=9, channels=2, classes=4).eval()
    _expect_exact(network, torch.rand(2, 12, 9))


def test_a_network_in_training_mode_normalizes_by_the_whole_picture() -> None:
    _expect_exact(ARCHITECTURES["plain"].network().train(), torch.rand(3, 32, 32))
