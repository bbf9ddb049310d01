"""Every number is the sum that it is said to be: what arithmetic computes is what the network did (`sums.py`)."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive import ops
from fivebyfive.errors import InputError
from fivebyfive.explain import Step, Trace, explain
from fivebyfive.networks import build
from sums import expect_true
from support import Does

lean = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
sizes = st.integers(5, 13)
kernels = st.integers(1, 7)
strides = st.integers(1, 3)


def _places(step: Step) -> list[tuple[int, int, int]]:
    """The four corners, the middles of two edges, the middle, and some anywhere."""
    height, width, channels = step.size
    down, right, deep = height - 1, width - 1, channels - 1
    rng = random.Random(step.index)
    anywhere = [(rng.randint(0, down), rng.randint(0, right), rng.randint(0, deep)) for _ in range(2)]
    corners = [(0, 0, 0), (0, right, deep), (down, 0, deep), (down, right, 0)]
    return [*corners, (0, right // 2, 0), (down // 2, 0, deep), (down // 2, right // 2, deep // 2), *anywhere]


def _expect_equal(trace: Trace, *, unknown: tuple[str, ...] = ()) -> None:
    for step in trace.steps:
        if step.op not in unknown:
            expect_true(step, _places(step), known=True)


def _check(does: Callable[[Tensor], Tensor], *shape: int, unknown: tuple[str, ...] = ()) -> Trace:
    generator = torch.Generator().manual_seed(math.prod(shape))
    image = torch.randn(1, *shape, generator=generator)
    trace = explain(Does(does), image.double())
    _expect_equal(trace, unknown=unknown)
    return trace


# --- whole networks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("double", [False, True], ids=["single", "double"])
@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_step_of_every_architecture(name: str, training: bool, double: bool) -> None:
    architecture = ARCHITECTURES[name]
    network = architecture.network().train(training)
    network = network.double() if double else network
    _expect_equal(explain(network, architecture.image()))


@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", ["conv_net", "perceptron"])
def test_every_step_of_the_posts_networks(name: str, training: bool) -> None:
    torch.manual_seed(2)
    network = build(name, height=15, width=14, channels=3, classes=4).train(training)
    _expect_equal(explain(network, torch.rand(3, 15, 14)))


# --- every kind of step, at random ----------------------------------------------------------------------------------


@given(st.data())
@lean
def test_convolution(data: st.DataObject) -> None:
    groups = data.draw(st.integers(1, 3))
    height, width = data.draw(sizes), data.draw(sizes)
    kernel = (data.draw(kernels), data.draw(kernels))
    dilation = (data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2)))
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    mode: Any = data.draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
    least = [max(0, -(-(r - n) // 2)) for r, n in zip(reach, (height, width), strict=True)]
    padding: Any = tuple(data.draw(st.integers(low, max(low, 4))) for low in least)
    stride = (data.draw(strides), data.draw(strides))
    if data.draw(st.booleans()):
        padding, stride = "same", (1, 1)
    layer = nn.Conv2d(2 * groups, 3 * groups, kernel, stride, padding, dilation, groups, data.draw(st.booleans()), mode)
    _check(layer.double(), 2 * groups, height, width)


@given(st.data())
@lean
def test_the_posts_convolution_and_pooling(data: st.DataObject) -> None:
    height, width, channels = data.draw(sizes), data.draw(sizes), data.draw(st.integers(1, 3))
    kernel = (data.draw(st.integers(1, height)), data.draw(st.integers(1, width)))
    sides = [[data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))] for _ in range(2)]
    padding: Any = data.draw(st.sampled_from(["SAME", "VALID", [[0, 0], *sides, [0, 0]]]))
    stride = [1, data.draw(strides), data.draw(strides), 1]
    weight = torch.randn(*kernel, channels, 2, dtype=torch.float64)

    def both(x: Tensor) -> Tensor:
        x = ops.reshape(x, [-1, height, width, channels])
        y = ops.conv2d(x, weight, strides=stride, padding=padding)
        return ops.max_pool(x, [1, *kernel, 1], strides=stride, padding=padding).sum() + y.sum()

    _check(both, height * width * channels)


@given(st.data())
@lean
def test_transposed_convolution(data: st.DataObject) -> None:
    groups = data.draw(st.integers(1, 2))
    stride = (data.draw(strides), data.draw(strides))
    extra: Any = tuple(data.draw(st.integers(0, s - 1)) for s in stride)
    kernel = (data.draw(st.integers(2, 5)), data.draw(st.integers(2, 5)))
    padding = (data.draw(st.integers(0, 1)), data.draw(st.integers(0, 1)))
    dilation = data.draw(st.integers(1, 2))
    layer = nn.ConvTranspose2d(2 * groups, 2 * groups, kernel, stride, padding, extra, groups, True, dilation)
    _check(layer.double(), 2 * groups, data.draw(st.integers(3, 6)), data.draw(st.integers(3, 6)))


@given(st.data())
@lean
def test_pooling(data: st.DataObject) -> None:
    kernel = (data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5)))
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    stride = (data.draw(strides), data.draw(strides))
    ceil_mode, counted = data.draw(st.booleans()), data.draw(st.booleans())
    divisor = data.draw(st.sampled_from([None, 3]))
    out = (data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6)))

    def pools(x: Tensor) -> Tensor:
        a = F.max_pool2d(x, kernel, stride, padding, ceil_mode=ceil_mode)
        b = F.avg_pool2d(x, kernel, stride, padding, ceil_mode, counted, divisor)
        c = F.lp_pool2d(x.abs(), 3, kernel, stride, ceil_mode)
        d = F.adaptive_avg_pool2d(x, out) + F.adaptive_max_pool2d(x, out)
        values, places = F.max_pool2d(x, 3, dilation=2, return_indices=True)
        return a.sum() + b.sum() + c.sum() + d.sum() + values.sum() + places.sum()

    _check(pools, 2, data.draw(sizes), data.draw(sizes))


@given(st.data())
@lean
def test_a_single_precision_network_of_random_layers(data: st.DataObject) -> None:
    layers: list[nn.Module] = []
    channels = data.draw(st.integers(1, 3))
    shape = (channels, data.draw(st.integers(16, 24)), data.draw(st.integers(16, 24)))
    for _ in range(data.draw(st.integers(1, 3))):
        after = data.draw(st.integers(1, 5))
        kernel = data.draw(st.integers(1, 5))
        layers.append(nn.Conv2d(channels, after, kernel, data.draw(st.integers(1, 2)), kernel // 2))
        layers.append(data.draw(st.sampled_from([nn.BatchNorm2d(after), nn.GroupNorm(1, after), nn.Identity()])))
        layers.append(data.draw(st.sampled_from([nn.ReLU(inplace=True), nn.GELU(), nn.Tanh(), nn.Softplus()])))
        channels = after
    layers += [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(4 * channels, 3), nn.Softmax(1)]
    network = nn.Sequential(*layers).train(data.draw(st.booleans()))
    _expect_equal(explain(network, torch.rand(shape)))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv1d(4, 2, 3, padding=2, dilation=2, groups=2),
        nn.ConvTranspose1d(4, 2, 3, stride=2),
        nn.MaxPool1d(3, 2, 1),
        nn.AvgPool1d(3, 2, 1, count_include_pad=False),
        nn.AdaptiveAvgPool1d(4),
        nn.BatchNorm1d(4),
        nn.LayerNorm(11),
        nn.Linear(11, 3),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_lines_of_values(layer: nn.Module) -> None:
    layer = layer.double()
    _check(lambda x: layer(x.squeeze(1)), 1, 4, 11)


def test_volumes() -> None:
    convolution = nn.Conv3d(2, 3, (2, 3, 3), padding=1).double()
    with torch.no_grad():
        expected = convolution(torch.ones(1, 2, 3, 4, 5, dtype=torch.float64))
    trace = explain(convolution, torch.ones(1, 2, 3, 4, 5, dtype=torch.float64))
    _expect_equal(trace)
    assert torch.equal(trace.steps[1].output, expected)
    _expect_equal(explain(nn.MaxPool3d(2), torch.randn(1, 2, 4, 4, 5)))


@pytest.mark.parametrize(
    "function",
    [
        F.relu, F.relu6, F.leaky_relu, F.elu, F.selu, F.celu, F.gelu, F.silu, F.mish, F.hardswish, F.hardsigmoid,
        F.hardtanh, F.softplus, F.softsign, F.tanhshrink, F.hardshrink, F.softshrink, F.logsigmoid, F.rrelu,
        torch.tanh, torch.sigmoid, torch.exp, torch.expm1, torch.neg, torch.abs, torch.square, torch.reciprocal,
        torch.sign, torch.floor, torch.ceil, torch.round, torch.trunc, torch.frac, torch.sin, torch.cos, torch.tan,
        torch.atan, torch.erf, torch.sinh, torch.cosh, torch.clone, torch.Tensor.contiguous,
        lambda x: F.gelu(x, approximate="tanh"), lambda x: F.leaky_relu(x, 0.2), lambda x: F.elu(x, 0.7),
        lambda x: F.celu(x, 0.7), lambda x: F.hardtanh(x, -0.5, 0.25), lambda x: F.softplus(x, 2, 1),
        lambda x: F.threshold(x, 0.1, -3), lambda x: F.softshrink(x, 0.2), lambda x: F.hardshrink(x, 0.2),
        lambda x: F.prelu(x, torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)), lambda x: x.abs().sqrt(),
        lambda x: x.abs().log(), lambda x: x.abs().rsqrt(), lambda x: x.clamp(-0.3, 0.4), lambda x: x.clamp(min=0.1),
        lambda x: x.abs().log1p(), lambda x: x.relu_(), lambda x: F.softmax(x, 1), lambda x: F.log_softmax(x, 3),
        lambda x: F.softmin(x, dim=2), lambda x: F.glu(x, 3), lambda x: x.sigmoid().logit(),
        lambda x: x.double(), lambda x: F.dropout(x, 0.0), lambda x: F.dropout(x, 0.6), lambda x: F.dropout2d(x, 0.5),
        lambda x: F.dropout(x, 1.0), lambda x: F.alpha_dropout(x, 0.5, training=False),
    ],
)  # fmt: skip
def test_activations_and_functions(function: Callable[[Tensor], Tensor]) -> None:
    _check(function, 3, 4, 6)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + x * 2 - 3, lambda x: 1 - x, lambda x: 2 / x, lambda x: x / 3, lambda x: x**3, lambda x: 2**x,
        lambda x: torch.add(x, x.abs(), alpha=0.5), lambda x: torch.sub(x, 2, alpha=3), lambda x: x * x.mean(),
        lambda x: x * x.mean((2, 3), keepdim=True), lambda x: x - x.mean(1, keepdim=True), lambda x: x.sum(1),
        lambda x: x.amax((2, 3)), lambda x: x.amin(1, keepdim=True), lambda x: x.max(), lambda x: x.min(2)[0],
        lambda x: torch.maximum(x, -x), lambda x: torch.minimum(x, x * 0.5), lambda x: torch.max(x, x.abs() - 1),
        lambda x: torch.where(x > 0, x, x * 0.1), lambda x: (x > 0) * 1.0, lambda x: x.abs() // 0.25, lambda x: -x,
        lambda x: x % 0.4, lambda x: torch.fmod(x, 0.4), lambda x: x + torch.ones(6, dtype=torch.float64),
        lambda x: torch.ones(4, 6, dtype=torch.float64) - x, lambda x: F.normalize(x, dim=1), lambda x: x.mean(),
        lambda x: F.local_response_norm(x, 3), lambda x: F.layer_norm(x, (4, 6)), lambda x: F.rms_norm(x, (6,)),
        lambda x: F.instance_norm(x), lambda x: F.group_norm(x, 3), lambda x: F.instance_norm(x, eps=0.1),
        lambda x: x @ x.mT, lambda x: torch.matmul(x, torch.arange(6.0, dtype=torch.float64)),
        lambda x: torch.bmm(x[0], x[0].transpose(1, 2)), lambda x: F.batch_norm(x, None, None, training=True),
        lambda x: torch.addmm(x[0, 0, 0], x[0, 1], torch.eye(6).double(), beta=0.5, alpha=2.0),
        lambda x: F.linear(x, torch.ones(2, 6).double(), torch.ones(2).double()),
        lambda x: x.std(1), lambda x: x.var((2, 3), unbiased=False), lambda x: torch.std(x, 2, correction=2),
        lambda x: x.norm(dim=1), lambda x: torch.norm(x, 1, dim=(2, 3)), lambda x: x.prod(3), lambda x: x.logsumexp(1),
        lambda x: x.argmax(1), lambda x: x.argmin(), lambda x: x.cumsum(2), lambda x: x.masked_fill(x > 0, 0.5),
        lambda x: x.masked_fill(x[:, :1] > 0, x.mean()), lambda x: torch.zeros_like(x).copy_(x.mean(1, keepdim=True)),
        lambda x: torch.einsum("nchw,ncvw->nhv", x, x), lambda x: torch.einsum("nchw->nhw", [x]),
        lambda x: torch.einsum("cd,nchw->ndhw", torch.arange(6.0, dtype=torch.float64).reshape(3, 2), x),
        lambda x: F.scaled_dot_product_attention(x, x + 1, x * 2), lambda x: torch.ones_like(x) * x,
        lambda x: F.scaled_dot_product_attention(query=x, key=x, value=x, is_causal=True),
    ],
)  # fmt: skip
def test_arithmetic_of_two_and_statistics(function: Callable[[Tensor], Tensor]) -> None:
    _check(function, 3, 4, 6)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.view(1, -1), lambda x: x.reshape(4, -1), lambda x: x.flatten(2), lambda x: x.unflatten(1, (2, 2)),
        lambda x: x.permute(0, 2, 3, 1), lambda x: x.transpose(1, 2), lambda x: x.movedim(1, 3), lambda x: x.mT,
        lambda x: x[:, :, 1:, ::2], lambda x: x[0, 1], lambda x: x[..., -1], lambda x: x[:, [2, 0]],
        lambda x: x[:, None], lambda x: x[x > 0], lambda x: torch.cat([x, x * 2], 1), lambda x: torch.cat([x, x], 2),
        lambda x: torch.stack([x, -x], 1), lambda x: x.chunk(2, 1)[1], lambda x: x.split([1, 3], 1)[1],
        lambda x: x.unbind(1)[2], lambda x: x.narrow(2, 1, 2), lambda x: x.select(3, 2), lambda x: x.flip(3),
        lambda x: x.roll(1, 2), lambda x: x.repeat(1, 2, 1, 1), lambda x: x.mean(1, keepdim=True).expand(1, 5, 4, 6),
        lambda x: F.pad(x, (1, 2, 3, 0)), lambda x: F.pad(x, (1, 2, 2, 0), value=1.5), lambda x: x.squeeze(0),
        lambda x: F.pad(x, (1, 2, 0, 1), mode="circular"), lambda x: F.pad(x, (1, 2, 3, 1), mode="reflect"),
        lambda x: F.pad(x, (1, 2, 2, 1), mode="replicate"), lambda x: F.pixel_shuffle(x, 2), lambda x: x.unsqueeze(1),
        lambda x: F.pixel_unshuffle(x, 2), lambda x: F.channel_shuffle(x, 2), lambda x: F.interpolate(x, None, 2),
        lambda x: F.interpolate(x, size=(7, 5), mode="bilinear"), lambda x: F.interpolate(x, size=(3, 9), mode="area"),
        lambda x: F.interpolate(x, size=(7, 9), mode="bilinear", align_corners=True), lambda x: x.tile(1, 1, 2, 1),
        lambda x: F.interpolate(x, scale_factor=1.5, mode="bicubic"), lambda x: x.index_select(1, torch.tensor([3, 1])),
        lambda x: torch.rot90(x, 1, (2, 3)), lambda x: x.swapaxes(1, 3), lambda x: x.unfold(2, 2, 1),
        lambda x: F.fold(F.unfold(x, 3, padding=1), (4, 6), 3, padding=1), lambda x: F.interpolate(input=x, size=5),
        lambda x: F.grid_sample(x, torch.linspace(-1, 1, 24).reshape(1, 3, 4, 2).to(x), align_corners=False),
        lambda x: (x * 5).int(), lambda x: (x * 5).to(torch.int64), lambda x: x.half(), lambda x: x.bool(),
        lambda x: torch.hstack([x, x]), lambda x: x.T if x.dim() == 2 else x[0, 0].T, lambda x: x.diagonal(0, 2, 3),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:An output with one or more elements")
def test_values_that_move(function: Callable[[Tensor], Tensor]) -> None:
    _check(function, 4, 4, 6)


# --- what the parts say ---------------------------------------------------------------------------------------------


def test_a_convolutions_terms_are_its_window_channel_by_channel() -> None:
    trace = explain(nn.Conv2d(2, 3, 3, padding=1), torch.rand(2, 5, 5))
    step = trace.steps[1]
    found = step.arithmetic(y=0, x=4, channel=1)
    assert len(found.terms) == 2 * 3 * 3
    assert [term.tap for term in found.terms[:4]] == [(0, 0, 0), (0, 1, 0), (0, 2, 0), (1, 0, 0)]
    assert found.terms[0].position == (-1, 3, 0)
    assert found.terms[9].position == (-1, 3, 1)
    assert [term.padding for term in found.terms[:9]] == [True, True, True, False, False, True, False, False, True]
    assert all(term.value == 0.0 for term in found.terms if term.padding)
    assert step.weight is not None
    assert found.terms[4].weight == float(step.weight[1, 0, 1, 1].detach())
    assert found.terms[4].value == trace.steps[0].value(0, 4, 0)
    assert found.formula() == "O[n,i,j,k] = Σ_{di,dj,q} I[n, i+di−1, j+dj−1, q] · W[di,dj,q,k] + b[k]"
    assert found.formula(numbers=True).endswith(f"= {found.total:.4g}")


def test_strides_dilation_and_padding_stand_in_the_formula() -> None:
    step = explain(nn.Conv2d(1, 1, 3, stride=2, padding=3, dilation=4, bias=False), torch.rand(1, 9, 9)).steps[1]
    assert step.arithmetic().formula() == "O[n,i,j,k] = Σ_{di,dj,q} I[n, 2·i+4·di−3, 2·j+4·dj−3, q] · W[di,dj,q,k]"


def test_a_fully_connected_layer_lists_the_largest_products_and_one_remainder() -> None:
    found = explain(nn.Linear(200, 3), torch.rand(1, 200)).steps[1].arithmetic(channel=2)
    products = [abs(term.product) for term in found.terms]
    assert products == sorted(products, reverse=True)
    assert len(found.terms) + found.remainder_count == 200
    assert found.remainder != 0.0
    assert found.bias is not None


def test_the_winner_of_a_maximum_is_named() -> None:
    trace = explain(nn.MaxPool2d(2), torch.tensor([[[1.0, 5.0], [2.0, 3.0]]]))
    found = trace.steps[1].arithmetic()
    assert found.winner == 1
    assert found.terms[1].position == (0, 1, 0)
    assert found.formula(numbers=True) == "max(1, 5, 2, 3) = 5"


def test_dropout_says_what_was_kept_and_by_how_much_it_grew() -> None:
    torch.manual_seed(1)
    step = explain(nn.Dropout(0.25), torch.rand(1, 1, 4, 4) + 1).steps[1]
    kept = [step.arithmetic(y, x).details["kept"] for y in range(4) for x in range(4)]
    assert True in kept
    assert False in kept
    assert {step.arithmetic(y, x).details["scale"] for y in range(4) for x in range(4)} == {0.0, 1 / 0.75}


def test_attention_is_a_weighted_mean_of_its_values() -> None:
    class Attends(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.scaled_dot_product_attention(x, x, x * 2, None, self.dropout)

        dropout = 0.0

    trace = explain(Attends(), torch.rand(1, 1, 5, 4))
    found = trace["scaled_dot_product_attention"].arithmetic(y=2, x=3)
    assert [term.position for term in found.terms] == [(row, 3, 0) for row in range(5)]
    assert sum(term.weight for term in found.terms) == pytest.approx(1.0)
    assert [trace.steps[i].op for i in trace["scaled_dot_product_attention"].inputs] == ["input", "mul"]
    assert {term.input for term in found.terms} == {1}
    Attends.dropout = 0.5
    with pytest.raises(InputError, match="at random, and which is not to be seen"):
        explain(Attends(), torch.rand(1, 1, 5, 4))["scaled_dot_product_attention"].arithmetic()


def test_padding_is_zero_even_beside_what_is_no_number() -> None:
    image = torch.full((1, 1, 3, 3), math.nan)
    image[0, 0, 1, 1] = math.inf
    trace = explain(nn.Conv2d(1, 2, 1, padding=1), image)
    corner = trace.steps[1].arithmetic(0, 0, 1)
    assert corner.total == trace.steps[1].value(0, 0, 1) == corner.bias
    assert math.isnan(trace.steps[1].arithmetic(1, 1, 1).total)


def test_a_power_mean_of_what_has_no_root_is_no_number() -> None:
    trace = explain(nn.LPPool2d(3, 2), torch.tensor([[[-1.0, -2.0, 3.0, 1.0], [0.0, 1.0, 2.0, -1.0]]]))
    assert math.isnan(trace.steps[1].value(0, 0))
    assert math.isnan(trace.steps[1].arithmetic(0, 0).total)
    assert trace.steps[1].arithmetic(0, 1).total == pytest.approx(trace.steps[1].value(0, 1))


def test_a_reshaped_value_says_where_it_was() -> None:
    torch.manual_seed(0)
    trace = explain(build("conv_net").eval(), torch.rand(1, 28, 28))
    flattened = trace["fc1.reshape"].arithmetic(channel=64 * (7 * 2 + 3) + 5)
    assert flattened.terms[0].position == (2, 3, 5)
    assert trace["x"].arithmetic(y=3, x=4).terms[0].position == (0, 0, 28 * 3 + 4)


def test_a_position_outside_of_the_map_is_a_clear_error() -> None:
    step = explain(nn.Conv2d(1, 3, 3), torch.rand(1, 8, 8)).steps[1]
    with pytest.raises(InputError, match=r"y is 6, outside of conv2d, which is 6×6×3 .*; y goes from 0 to 5"):
        step.arithmetic(6, 0, 0)
    with pytest.raises(InputError, match=r"channel is -1, outside of .* channel goes from 0 to 2"):
        step.arithmetic(0, 0, -1)
