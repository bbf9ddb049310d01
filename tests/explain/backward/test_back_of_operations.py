"""The chain rule holds for every operation, called in every way, in place and not, at corners, edges and inside."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from backs import expect_back, weighted
from fivebyfive.explain import Trace, explain
from steps import Calls
from support import Does
from ways_to_call import CALLS

lean = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
UNSMOOTH = ("embedding",)
"""Calls whose only values are whole numbers."""


def _traced(does: Any, *shape: int) -> Trace:
    network = does if isinstance(does, nn.Module) else Does(does)
    image = torch.randn(1, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))
    trace = explain(network.double(), image, loss=weighted)
    assert expect_back(trace, 12) > 3
    return trace


@pytest.mark.parametrize("name", [name for name in CALLS if name not in UNSMOOTH])
def test_every_way_to_call(name: str) -> None:
    _traced(CALLS[name], 3, 8, 8)


@given(st.data())
@lean
def test_random_stacks_of_layers(data: st.DataObject) -> None:
    torch.manual_seed(data.draw(st.integers(0, 99)))
    channels, layers, size = 2, [], 12
    for _ in range(data.draw(st.integers(1, 4))):
        layer, channels, size = data.draw(st.sampled_from(LAYERS))(data, channels, size)
        layers.append(layer)
    network = nn.Sequential(*layers).train(data.draw(st.booleans()))
    _traced(network, 2, 12, 12)


Made = tuple[nn.Module, int, int]


def _convolution(data: st.DataObject, channels: int, size: int) -> Made:
    groups = data.draw(st.sampled_from([g for g in (1, 2, channels) if channels % g == 0]))
    kernel, stride = data.draw(st.integers(1, min(5, size))), data.draw(st.integers(1, 3))
    mode: Any = data.draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
    padding = data.draw(st.integers(0, kernel // 2))
    out = groups * data.draw(st.integers(1, 2))
    layer = nn.Conv2d(channels, out, kernel, stride, padding, 1, groups, data.draw(st.booleans()), mode)
    return layer, out, (size + 2 * padding - kernel) // stride + 1


def _transposed(data: st.DataObject, channels: int, size: int) -> Made:
    stride = data.draw(st.integers(1, 2))
    return nn.ConvTranspose2d(channels, 2, 3, stride), 2, (size - 1) * stride + 3


def _pooling(data: st.DataObject, channels: int, size: int) -> Made:
    kernel = data.draw(st.integers(1, min(3, size)))
    kind = data.draw(st.sampled_from([nn.MaxPool2d, nn.AvgPool2d]))
    padding = data.draw(st.integers(0, kernel // 2))
    return kind(kernel, padding=padding), channels, (size + 2 * padding - kernel) // kernel + 1


def _normalization(data: st.DataObject, channels: int, size: int) -> Made:
    kinds: list[nn.Module] = [nn.GroupNorm(1, channels)]
    kinds += [nn.BatchNorm2d(channels), nn.InstanceNorm2d(channels, affine=True)] if size > 1 else []
    return data.draw(st.sampled_from(kinds)), channels, size


def _activation(data: st.DataObject, channels: int, size: int) -> Made:
    kinds = [nn.ReLU(inplace=True), nn.ReLU(), nn.LeakyReLU(0.1), nn.GELU(), nn.Sigmoid(), nn.Tanh(), nn.SiLU(True)]
    return data.draw(st.sampled_from(kinds)), channels, size


def _dropout(data: st.DataObject, channels: int, size: int) -> Made:
    kind = data.draw(st.sampled_from([nn.Dropout, nn.Dropout2d]))
    return kind(data.draw(st.sampled_from([0.2, 0.5])), data.draw(st.booleans())), channels, size


LAYERS: list[Callable[[st.DataObject, int, int], Made]] = [
    _convolution, _convolution, _transposed, _pooling, _normalization, _activation, _dropout,
]  # fmt: skip


# --- what makes it hard ---------------------------------------------------------------------------------------------


def test_what_is_overwritten_through_other_tensors() -> None:
    def overwrite(x: Tensor) -> Tensor:
        a = x * 1.0
        b = a[:, :, 2:]
        b.mul_(-1)
        a[:, :, 5:7].add_(a[:, :, 1:3] * 2)
        a += 3
        a[:, :, 0] = 7.0
        a[:, :, 3, 3:5] = x[:, :, 1, 1:3] * 4
        return F.relu(a - 5, inplace=True)

    trace = _traced(overwrite, 1, 10, 10)
    assert [step.op for step in trace.steps].count("overwritten") == 2
    assert trace.validate().differing == ()


def test_shared_weights_and_skips_add_up() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.same = nn.Linear(6, 6)

        def forward(self, x: Tensor) -> Any:
            y: Tensor = self.same(x)
            return self.same(y.relu()) + y * y + x

    trace = _traced(Shared(), 6)
    weight = trace.parameters["same.weight"]
    assert len(weight.uses) == 2
    used = {term.name for column in range(6) for term in weight.back(1, column).terms}
    assert used == {step.name for step in weight.uses}
    assert [step.op for step in trace["same"].consumers] == ["relu", "mul"]  # twice a factor in one step


def test_dropped_units_pay_nothing_even_where_they_were_zero() -> None:
    network = nn.Sequential(nn.ReLU(), nn.Dropout(0.5)).train()
    trace = _traced(network, 64)
    before, after = trace.steps[1], trace.steps[2]
    assert before.gradient is not None
    assert after.gradient is not None
    passed = before.gradient / after.gradient
    assert set(passed.flatten().tolist()) == {0.0, 2.0}
    zeros = before.output == 0
    assert set(passed[zeros].tolist()) == {0.0, 2.0}  # which of them were thrown, their values do not tell


def test_a_result_that_is_made_of_another_result_has_a_gradient_of_its_own() -> None:
    class Cell(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.LSTMCell(3, 4)

        def forward(self, x: Tensor) -> Any:
            h, c = self.cell(x)
            h, c = self.cell(x * 2, (h, c))
            return h + c, c

    trace = _traced(Cell(), 3)
    assert trace["cell"].gradient is not None


def test_what_is_returned_and_used_again_gives_each_its_part() -> None:
    trace = _traced(lambda x: (x.sin(), (y := x.sin().contiguous()), y.contiguous() * 2), 5)
    assert trace["output.1"].gradient is not None


class Swish(torch.autograd.Function):
    """As people wrote it to save memory, with a backward of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        gradient: Tensor = gradients[0] * s * (1 + x * (1 - s))
        return gradient


class StraightThrough(torch.autograd.Function):
    """A backward that is not the forward's: quantization that learns all the same."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        del ctx
        return torch.sign(x) * 1.0

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        del ctx
        gradient: Tensor = gradients[0]
        return gradient


def test_a_backward_of_ones_own_that_is_the_derivative() -> None:
    _traced(lambda x: Swish.apply(x * 2) + 1, 3, 4, 4)  # type: ignore[no-untyped-call]


def test_a_backward_that_is_no_derivative_is_said() -> None:
    does = Does(lambda x: StraightThrough.apply(x * 2) + 1)  # type: ignore[no-untyped-call]
    trace = explain(does, torch.rand(1, 3, 4, 4), loss=weighted)
    assert trace["mul"].gradient is not None
    with pytest.raises(ValueError, match="a backward of its own stands between"):
        trace["mul"].back()


def test_half_precision_and_autocast() -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.out = nn.Conv2d(2, 3, 3), nn.Linear(3 * 36, 4)

        def forward(self, x: Tensor) -> Any:
            with torch.autocast("cpu", torch.bfloat16):
                return self.out(self.conv(x).relu().flatten(1)).float()

    torch.manual_seed(0)
    assert expect_back(explain(Mixed(), torch.rand(1, 2, 8, 8), label=1)) > 20


def test_attention_written_and_fused() -> None:
    def both(x: Tensor) -> Tensor:
        q, k, v = x.chunk(3, -1)
        written = (q @ k.transpose(-2, -1) / 2.0).softmax(-1) @ v
        return torch.cat([written, F.scaled_dot_product_attention(q, k, v, is_causal=True)])

    torch.manual_seed(0)
    trace = explain(Calls(both), torch.randn(1, 5, 12), loss=weighted)  # single precision takes the fused way
    assert expect_back(trace) > 20
