"""The first value that is not finite is found, with its place and what went in."""

import math

import torch
from torch import Tensor, nn

import fivebyfive


class Divides(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        scaled: Tensor = y / x[:, :, 1:-1, 1:-1]
        return scaled.relu().mean((2, 3))


def test_it_is_the_step_at_which_it_arises() -> None:
    image = torch.rand(1, 1, 6, 6) + 0.5
    image[0, 0, 2, 3] = 0.0
    trace = fivebyfive.explain(Divides(), image)
    found = trace.first_nan()
    assert found is not None
    assert found.step.op == "div"
    assert found.position == (1, 2, 0)
    assert found.count == 2
    assert not math.isfinite(found.step.value(*found.position))
    assert "arises here" in str(found)
    assert "scaled: Tensor = y / x" in str(found)


def test_a_weight_that_is_none_is_named() -> None:
    network = Divides()
    with torch.no_grad():
        network.conv.weight[1, 0, 0, 0] = math.nan
    found = fivebyfive.explain(network, torch.rand(1, 1, 6, 6) + 0.5).first_nan()
    assert found is not None
    assert found.step.op == "conv2d"
    assert "its weight already is not finite" in str(found)


def test_what_was_given_is_named_first() -> None:
    image = torch.full((1, 1, 6, 6), math.inf)
    found = fivebyfive.explain(Divides(), image).first_nan()
    assert found is not None
    assert found.step.kind == "input"
    assert "given so" in str(found)


def test_of_finite_values_there_is_none() -> None:
    assert fivebyfive.explain(Divides(), torch.rand(1, 1, 6, 6) + 0.5).first_nan() is None
