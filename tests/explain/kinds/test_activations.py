"""Every activation of PyTorch and every function of one value: the sum is the output, at the hard numbers too."""

import inspect
import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules import activation

from fivebyfive.explain import explain
from fivebyfive.explain.kinds import binary, function
from steps import Calls
from sums import expect_true

HARD = [0.0, -0.0, 1e-8, -1e-8, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 20.5, 88.0, -88.0, 700.0, -700.0, 1e300,
        math.inf, -math.inf, math.nan]  # fmt: skip
NOT_OF_ONE_VALUE = {"MultiheadAttention", "Softmax", "Softmax2d", "LogSoftmax", "Softmin", "GLU", "Threshold"}
MODULES = [name for name in activation.__all__ if name not in NOT_OF_ONE_VALUE]
NAMES = (
    "relu relu_ relu6 leaky_relu leaky_relu_ rrelu rrelu_ elu elu_ celu celu_ selu selu_ gelu silu mish hardswish "
    "hardsigmoid hardtanh hardtanh_ softplus softsign tanh sigmoid logsigmoid tanhshrink hardshrink softshrink"
)
FUNCTIONAL = NAMES.split()


def _expect(does: Callable[[Tensor], Tensor]) -> None:
    row = torch.tensor(HARD, dtype=torch.float64)[None]
    step = explain(Calls(does), row).steps[-2]
    expect_true(step, [(0, 0, channel) for channel in range(len(HARD))], known=True)
    assert step.words()[0].startswith("Each value for itself"), step.words()


@pytest.mark.parametrize("name", MODULES)
def test_every_activation_module(name: str) -> None:
    _expect(getattr(nn, name)().double().eval())


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_every_activation_function(name: str) -> None:
    _expect(lambda x: getattr(F, name)(x.clone()))


OF_THEIR_OWN: dict[str, Callable[[Tensor], Tensor]] = {
    "threshold": lambda x: F.threshold(x, 0.1, 20.0),
    "in-place threshold": lambda x: F.threshold(x.clone(), 0.1, 20.0, inplace=True),
    "sharp softplus": lambda x: F.softplus(x, beta=3, threshold=5),
    "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
    "steep leaky": lambda x: F.leaky_relu(x, -0.5),
    "narrow tanh": lambda x: F.hardtanh(x, -0.2, 0.7),
    "celu and elu": lambda x: F.celu(F.elu(x, 0.3), 2.0),
    "wide shrinks": lambda x: F.hardshrink(F.softshrink(x, 1.0), 0.9),
    "slopes of a constant": lambda x: F.prelu(x, torch.tensor([0.3], dtype=torch.float64)),
    "a slope for each": lambda x: F.prelu(x, torch.linspace(-1, 1, len(HARD), dtype=torch.float64)),
    "rrelu between bounds": lambda x: F.rrelu(x, 0.2, 0.4),
    "logit with a margin": lambda x: torch.logit(x, eps=1e-3),
    "rounded to a digit": lambda x: torch.round(x, decimals=1),
    "numbers for what is none": lambda x: torch.nan_to_num(x, nan=2.0, posinf=5.0, neginf=-5.0),
}


@pytest.mark.parametrize("name", OF_THEIR_OWN)
def test_activations_with_numbers_of_their_own(name: str) -> None:
    _expect(OF_THEIR_OWN[name])


@pytest.mark.parametrize("name", [op for op in function.FUNCTIONS if not op.startswith("clamp")])
def test_every_function_of_one_value(name: str) -> None:
    special = name.removeprefix("special_")
    _expect(getattr(torch.special if special != name else torch, special))


@pytest.mark.parametrize("name", ["clamp", "clip"])
@pytest.mark.parametrize("bounds", [(-0.5, 1.0), (None, 1.0), (-0.5, None), (1.0, -1.0)])
def test_bounds(name: str, bounds: tuple[float | None, float | None]) -> None:
    _expect(lambda x: getattr(torch, name)(x, *bounds))


OF_TWO = {"and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor"}


@pytest.mark.parametrize("name", [*binary.FUNCTIONS, "add", "sub", "mul", *binary.EXTREMES])
def test_every_function_of_two_values(name: str) -> None:
    """Each of the hard numbers with each."""
    row = torch.tensor(HARD, dtype=torch.float64)
    if "bit" in OF_TWO.get(name, name) or name in ("gcd", "lcm"):
        row = torch.tensor([0, 1, 2, 3, 5, 7])
    function = getattr(torch, OF_TWO.get(name, name))
    step = explain(Calls(lambda x: function(x[:, :, None], x[:, None, :])), row[None]).steps[-2]
    height, width, channels = step.size
    assert height * width * channels == len(row) ** 2
    expect_true(step, [(y, x, c) for y in range(height) for x in range(width) for c in range(channels)], known=True)
    assert step.words()


def test_no_activation_module_of_pytorch_is_missing() -> None:
    made = {n for n, m in vars(activation).items() if inspect.isclass(m) and m.__module__ == activation.__name__}
    assert set(MODULES) | NOT_OF_ONE_VALUE >= {name for name in made if not name.startswith("_")}
