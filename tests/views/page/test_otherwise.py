"""What if: a network that is changed on the page gives what PyTorch gives of the network that was changed so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from running import NEAR, Changes, change


class Stack(nn.Module):
    """All that takes maps of any size: windows, a skip, branches, and the mean of whole maps at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.same = nn.Conv2d(6, 6, (5, 3), padding="same", groups=2)
        self.up = nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1)
        self.head = nn.Linear(4 + 6, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(torch.relu(self.norm(self.conv(x))))
        x = x + torch.tanh(self.same(x))
        y = nn.functional.avg_pool2d(self.up(x), 2)
        x = torch.cat([y, x], 1)
        out: Tensor = self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))
        return out


def stack() -> nn.Module:
    torch.manual_seed(5)
    network = Stack()
    nn.init.normal_(network.norm.bias)
    return network.eval()


def side(n: int) -> dict[str, int]:
    return dict.fromkeys(("top", "bottom", "left", "right"), n)


def stride(network: Any) -> None:
    network.conv.stride = (1, 1)


def padding(network: Any) -> None:
    network.conv.padding = (3, 3)
    network.same.padding = (2, 1)


def weight(network: Any) -> None:
    network.conv.weight.data[4, 0, 1, 2] = 3.5
    network.same.weight.data[3, 1, 0, 2] = -2


def bias(network: Any) -> None:
    network.conv.bias.data[2] = 5


def off(network: Any) -> None:
    network.norm.weight.data[[1, 3]] = 0
    network.norm.bias.data[[1, 3]] = 0


def larger(network: Any) -> None:
    wide = torch.zeros(6, 1, 5, 5)
    wide[:, :, 1:4, 1:4] = network.conv.weight.data
    network.conv.weight.data = wide


CONV = {"stride": [2, 2], "kernel": [3, 3], "padding": side(1), "name": "explicit"}
CASES: dict[str, tuple[Callable[[Any], None], Changes]] = {
    "stride": (stride, {"conv": {"window": CONV | {"stride": [1, 1]}}}),
    "padding": (padding, {"conv": {"window": CONV | {"padding": side(3)}}}),
    "weight": (weight, {"conv": {"weights": {4 * 9 + 5: 3.5}}, "same": {"weights": {(3 * 3 + 1) * 15 + 2: -2}}}),
    "bias": (bias, {"conv": {"biases": {2: 5}}}),
    "off": (off, {"norm": {"off": [1, 3]}}),
    "kernel": (larger, {"conv": {"window": CONV | {"kernel": [5, 5]}}}),
}


@pytest.fixture(scope="module")
def digit() -> Any:
    return datasets.load("mnist").test.pixels[3]


@pytest.fixture(scope="module")
def cases(digit: Any) -> dict[str, tuple[Trace, Changes, Trace]]:
    torch.set_num_threads(1)
    found = {}
    for name, (make, changes) in CASES.items():
        other = stack()
        make(other)
        found[name] = (explain(stack(), digit), changes, explain(other, digit))
    return found


def test_every_step_is_that_of_the_network_that_was_changed(
    cases: dict[str, tuple[Trace, Changes, Trace]], tmp_path: Path
) -> None:
    for (name, (trace, changes, changed)), found in zip(
        cases.items(), change([*cases.values()], tmp_path), strict=True
    ):
        first = min(trace[step].index for step in changes)
        assert set(found) >= {f"output/{step.index}" for step in changed.steps[first:]}, name
        assert {step: far for step, far in found.items() if far is None or far > NEAR} == {}, name
        assert not torch.equal(trace.steps[-1].output, changed.steps[-1].output), name


def test_of_the_posts_network_a_weight_and_a_bias(digit: Any, tmp_path: Path) -> None:
    network, other = model.load("conv_net"), model.load("conv_net")
    weights: Any = other.network.state_dict()
    weights["weights.wc1"][2, 3, 0, 7] = 9  # [height, width, in, out]
    weights["biases.bc1"][5] = -4
    trace = explain(network, digit)
    changes = {"conv1.conv2d": {"weights": {7 * 25 + 2 * 5 + 3: 9}}, "conv1.bias_add": {"biases": {5: -4}}}
    (found,) = change([(trace, changes, explain(other, digit))], tmp_path)
    assert max(far or 0 for far in found.values()) < NEAR
