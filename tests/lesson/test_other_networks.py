"""What the tour says of networks that are not like the post's is true of them."""

import torch
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive.explain import Trace, explain
from fivebyfive.lesson import filled, lesson


def said(trace: Trace) -> dict[str, str]:
    """All that each stop says."""
    return {stop.id: " ".join(filled(trace, sentence) for sentence in stop.says) for stop in lesson(trace)}


def of(*layers: nn.Module) -> dict[str, str]:
    """What is said of layers in a row, over a picture of 8×8."""
    return said(explain(nn.Sequential(*layers).eval(), torch.rand(1, 8, 8)))


def test_a_list_of_weights_of_channels_is_no_picture_that_a_convolution_takes() -> None:
    one = ARCHITECTURES["squeeze and excite"]
    assert "a picture again" not in said(explain(one.network(), one.image()))["reshaping"]


def test_a_filter_of_one_cell_sees_no_neighbours() -> None:
    told = of(nn.Conv2d(1, 4, 1), nn.Flatten(), nn.Linear(256, 3))["convolution"]
    assert "does not look around" in told
    assert "pixels around it" not in told


def test_a_normalization_without_weights_multiplies_by_none() -> None:
    told = of(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, affine=False), nn.Flatten(), nn.Linear(144, 3))
    assert "divide by its spread." in told["normalization"]
    assert "multiply by a weight and add a bias." in of(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))["normalization"]


def test_what_is_dropped_otherwise_does_not_become_0() -> None:
    assert "dropout" not in of(nn.Flatten(), nn.Linear(64, 8), nn.AlphaDropout(0.1), nn.Linear(8, 3))
    assert "dropout" in of(nn.Flatten(), nn.Linear(64, 8), nn.Dropout(0.1), nn.Linear(8, 3))


def test_the_product_that_does_most_is_the_sums_even_where_the_bias_turns_its_sign() -> None:
    layer = nn.Linear(64, 1)
    with torch.no_grad():
        layer.weight.fill_(-0.01)
        layer.weight[0, 0] = 0.02
        layer.bias.fill_(5.0)
    trace = explain(nn.Sequential(nn.Flatten(), layer).eval(), torch.ones(1, 8, 8))
    assert (
        "the sum is −0.610. The product that does most for it is 1.000 · (−0.010) = −0.010."
        in said(trace)["fully-connected"]
    )


class Shuffled(nn.Module):
    """With a step that has no kind."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x).abs()
        return out


def test_steps_of_no_kind_are_not_counted_among_those_that_have_one() -> None:
    told = said(explain(Shuffled().eval(), torch.rand(1, 8, 8)))["big-picture"]
    assert "1 kind: convolution; some are none of these." in told
    assert "1 kind: convolution. The code" in of(nn.Conv2d(1, 4, 3))["big-picture"]
