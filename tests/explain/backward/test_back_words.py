"""How a gradient goes back through a step, in words: every kind says it, and the numbers that it says are true."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import fivebyfive
from architectures import ARCHITECTURES
from backs import weighted
from fivebyfive.explain import Step, Trace, explain
from fivebyfive.explain.kinds import homes
from steps import Calls, numbers
from support import noise
from test_people import OF_COLOURS, OF_DIGITS, ONLY_EXPLAINED, spec_of

WITHOUT_A_SLOPE = {
    *("nonzero", "argwhere", "unique", "unique_consecutive", "searchsorted", "bucketize", "one_hot"),
    *("quantize_per_tensor", "quantize_per_tensor_dynamic", "int_repr"),
}
"""Their results are places, or numbers of 8 bits: PyTorch has no derivative of them, and no gradient reaches them."""


def test_every_kind_says_how_it_goes_back() -> None:
    silent = {op for op, kind in homes().items() if kind.back is None}
    assert {op for op in silent if not op.startswith("quantized_")} == WITHOUT_A_SLOPE


def back_of(does: Callable[..., Any], *x: Tensor, op: str = "") -> Step:
    """The step called `op`, or the last of the network, with a gradient that is nowhere like another."""
    trace = explain(Calls(does), x if len(x) > 1 else x[0], loss=_any_loss)
    expect_said(trace)
    found = [step for step in trace.steps if step.kind not in ("input", "output") and step.gradient is not None]
    return next(step for step in reversed(found) if op in ("", step.op))


def _any_loss(result: Any) -> Tensor:
    first = result if isinstance(result, Tensor) else result[0]
    return (first * numbers(*first.shape, seed=9).abs().to(first.dtype)).sum()


def expect_said(trace: Trace) -> int:
    """Every step with a gradient has sentences of its kind, short ones; returns how many steps that are."""
    assert trace.way_back is not None
    reached = [step for step in (*trace.steps, *trace.way_back.steps) if step.gradient is not None]
    for step in reached:
        kind = homes().get(step.op)
        said = step.back_words()
        assert all(len(one) < 260 and one.endswith((".", ")")) for one in said), (step.name, said)
        assert not any(word in " ".join(said) for word in ("None", "nan", "{", "  ")), (step.name, said)
        if kind is not None and kind.back is not None and kind.name not in ("input", "output"):
            assert len(said) >= 2, (step.op, said)
    return len(reached)


def says(step: Step) -> str:
    return " ".join(step.back_words())


def part(count: int, whole: int) -> str:
    return f"{count:,} of {whole:,} ({count / whole:.0%})"


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_fixture_networks(name: str, training: bool) -> None:
    network = ARCHITECTURES[name].network().train(training)
    assert expect_said(explain(network, ARCHITECTURES[name].image(), loss=weighted)) > 5


@pytest.mark.parametrize("name", [*OF_DIGITS, *OF_COLOURS, *ONLY_EXPLAINED])
def test_peoples_networks(name: str) -> None:
    coloured = name in OF_COLOURS or name.startswith("unet_small")
    image = noise((32, 32, 3)) if coloured else noise((28, 28, 1), edge=1)
    how: dict[str, Any] = {"loss": _first_mean} if name in ONLY_EXPLAINED else {"label": 1}
    assert expect_said(fivebyfive.explain(spec_of(name), image, **how)) > 2


def _first_mean(result: Any) -> Tensor:
    return (result if isinstance(result, Tensor) else result[0]).square().mean()


# --- convolutions -----------------------------------------------------------------------------------------------------

CONVOLUTIONS: dict[str, Callable[[], nn.Module]] = {
    "same": lambda: nn.Conv2d(3, 4, 3, padding=1),
    "strides": lambda: nn.Conv2d(3, 4, 3, stride=2),
    "skips": lambda: nn.Conv2d(3, 4, 2, stride=3),
    "dilated": lambda: nn.Conv2d(3, 4, 3, dilation=2, padding=2),
    "groups": lambda: nn.Conv2d(3, 6, 3, groups=3),
    "wrapped": lambda: nn.Conv2d(3, 4, 5, padding=2, padding_mode="circular"),
    "transposed": lambda: nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1),
    "transposed groups": lambda: nn.ConvTranspose2d(3, 6, 2, groups=3, dilation=2),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_how_often_a_convolutions_values_and_weights_meet(name: str) -> None:
    layer = CONVOLUTIONS[name]().double()
    step = _convolved(layer)
    x = numbers(1, 3, 9, 9).requires_grad_()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(1.0)
    made = layer(x)
    (met,) = torch.autograd.grad(made.sum(), x)
    assert f" {int(met.max()):,} products" in says(step)
    assert ("skips some values" in says(step)) == (bool((met == 0).any()) and "transposed" not in name)
    places = 9 * 9 if "transposed" in name else made[0, 0].numel()
    assert f" {places:,} places" in says(step)
    assert f"A bias gets the sum of its map's gradients, {made[0, 0].numel()} numbers." in says(step)


def _convolved(layer: nn.Module) -> Step:
    trace = explain(nn.Sequential(layer), numbers(1, 3, 9, 9), loss=_any_loss)
    expect_said(trace)
    return next(step for step in trace.steps if step.kind == "convolution")


def test_dead_filters_are_those_whose_weights_have_no_gradient() -> None:
    torch.manual_seed(0)
    norm, middle = nn.BatchNorm2d(8), nn.Linear(288, 6)
    layers = (nn.Conv2d(1, 8, 3), norm, nn.ReLU(), nn.Flatten(), middle, nn.ReLU(), nn.Linear(6, 3))
    network = nn.Sequential(*layers).eval()
    with torch.no_grad():
        norm.bias[[2, 5]] = -100.0
        middle.bias[0] = -100.0
    trace = explain(network, torch.rand(1, 1, 8, 8), label=1)
    gradient = trace.parameters["0.weight"].gradient
    assert gradient is not None
    dead = int((gradient.flatten(1) == 0).all(1).sum())
    assert dead >= 2
    assert f"{dead} of its 8 filters get no gradient here: {trace.steps[3].name} blocks every one" in says(trace["0"])
    units = trace.parameters["4.weight"].gradient
    assert units is not None
    count = int((units == 0).all(1).sum())
    assert f"{count} of its 6 units get" in says(trace["4"])
    assert f"{count} of its 6 units get" in " ".join(trace.parameters["4.weight"].words())
    assert "another picture may wake them" in says(trace["0"])


# --- one operation each: what is said, and what PyTorch's own backward shows -----------------------------------------

X = numbers(1, 3, 6, 6)
"""What goes in, unless something else is said."""


def _ones(does: Callable[[Tensor], Tensor], x: Tensor = X) -> Tensor:
    """What each value of `x` gets, were each gradient of the result 1."""
    x = x.clone().requires_grad_()
    (found,) = torch.autograd.grad(does(x).sum(), x)
    return found


def _zeros(does: Callable[[Tensor], Tensor], x: Tensor = X) -> str:
    return part(int((_ones(does, x) == 0).sum()), x.numel())


def _taken(does: Callable[[Tensor], Tensor], x: Tensor = X) -> str:
    return part(int((_ones(does, x) != 0).sum()), x.numel())


def _most(does: Callable[[Tensor], Tensor]) -> str:
    return f"{float(_ones(does).max()):.4g}"


TRUE: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Callable[[Tensor], Tensor]], str]]] = {
    "relu": (F.relu, lambda f: f"here {_taken(f)} pass"),
    "sigmoid": (torch.sigmoid, lambda f: f"to {_most(f)}, "),
    "tanh": (torch.tanh, lambda f: f"to {_most(f)}, "),
    "gelu": (F.gelu, lambda f: f"to {_most(f)}, "),
    "relu6": (lambda x: F.relu6(9 * x), lambda f: "Where the slope is 0 nothing passes: at "),
    "hardtanh": (F.hardtanh, lambda f: f"nothing passes: at {_zeros(f)}"),
    "clamp": (lambda x: x.clamp(-0.5, 0.5), lambda f: f"nothing passes: at {_zeros(f)}"),
    "sign": (torch.sign, lambda _: "Its slope is 0 everywhere"),
    "neg": (torch.neg, lambda _: "multiplied by -1, the slope"),
    "exp": (torch.exp, lambda f: f"to {_most(f)}, "),
    "max_pool2d": (lambda x: F.max_pool2d(x, 3, 2), lambda f: f"Here {_taken(f)} values won"),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2), lambda _: "Here each value gets 0.25 of what the output gets: 1 / 4."),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, 1), lambda _: ": 1 / 36."),
    "mean": (lambda x: x.mean((2, 3)), lambda _: "each of its 36 values gets 1 / 36 of it"),
    "sum": (lambda x: x.sum(1), lambda _: "each of its 3 values, unchanged"),
    "amax": (lambda x: x.amax((2, 3)), lambda f: f"{_taken(f)} values of the input"),
    "max": (lambda x: x.max(1).values, lambda f: f"{_taken(f)} values of the input"),
    "maximum": (lambda x: torch.maximum(x, -x), lambda _: "nothing to the other"),
    "index": (lambda x: x[:, :2, 1:4], lambda f: f"{_zeros(f)} values of input were not taken"),
    "expand": (lambda x: x[:, :1].expand(1, 5, 6, 6), lambda _: "36 values stand in several places, up to 5"),
    "masked_fill": (lambda x: x.masked_fill(X > 0, 0.0), lambda f: f"what stood there: at {_zeros(f)}"),
    "where": (lambda x: torch.where(X > 0, x, 2 * x), lambda _: f"to the first at {part(int((X > 0).sum()), 108)}"),
    "topk": (lambda x: x.topk(2, -1).values, lambda f: f"{_taken(f)} values of the input get some"),
    "cummax": (lambda x: x.cummax(-1).values, lambda f: f"{_taken(f)} values of the input"),
    "cumsum": (lambda x: x.cumsum(-1), lambda _: "the sum of the gradients from its place on"),
    "mul": (lambda x: 3 * x, lambda _: "multiplied by 3, the slope"),
    "sub": (lambda x: x - 2 * x.detach(), lambda _: "passes on unchanged"),
    "softmax": (lambda x: x.flatten(1).softmax(1), lambda _: "goes back to a list of 108 adds up to 0"),
    "log_softmax": (lambda x: x.flatten(1).log_softmax(1), lambda _: "goes back to a list of 108 adds up to 0"),
    "layer_norm": (lambda x: F.layer_norm(x, [6, 6]), lambda _: "the 36 values of a group adds up to 0"),
    "group_norm": (lambda x: F.group_norm(x, 1), lambda _: "the 108 values of a group adds up to 0"),
    "instance_norm": (F.instance_norm, lambda _: "the 36 values of a group adds up to 0"),
    "interpolate": (lambda x: F.interpolate(x, size=3), lambda f: f"{_zeros(f)} values were not read at all"),
    "fold": (lambda x: F.fold(x.reshape(1, 12, 9), (4, 4), 2, padding=1, stride=2),
             lambda _: "they get nothing"),
}  # fmt: skip


@pytest.mark.parametrize("op", TRUE)
def test_what_is_said_is_what_pytorch_does(op: str) -> None:
    does, expected = TRUE[op]
    step = back_of(does, X, op=op)
    assert expected(does) in says(step), says(step)


@pytest.mark.parametrize("op", ["softmax", "log_softmax", "layer_norm", "group_norm", "instance_norm"])
def test_what_is_said_to_add_up_to_0_does(op: str) -> None:
    step = back_of(TRUE[op][0], X, op=op)
    gradient = step.origins[0].gradient
    assert gradient is not None
    groups = gradient.reshape(1, -1) if op.endswith(("softmax", "group_norm")) else gradient.flatten(2)
    assert float(groups.sum(-1).abs().max()) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("label", "outputs"), [(0, 5), (4, 10), (2, 3)])
def test_softmax_minus_label_with_this_answers_numbers(label: int, outputs: int) -> None:
    torch.manual_seed(label)
    trace = explain(nn.Sequential(nn.Flatten(), nn.Linear(16, outputs)), torch.rand(1, 1, 4, 4), label=label)
    gradient = trace.steps[-1].gradient
    assert gradient is not None
    assert trace.way_back is not None
    said = says(trace.way_back.steps[-1])
    pulled = gradient.flatten().double()
    assert (
        f"number {label}, {float(1 + pulled[label]):.4g}: its output is pushed up by {float(-pulled[label]):.4g}."
        in said
    )
    others = pulled.clone()
    others[label] = -1
    most = int(others.argmax())
    assert f"most of all number {most}, by {float(others[most]):.4g}." in said
    assert f"of {outputs} outputs, 1 should grow and {outputs - 1} shrink" in says(trace.steps[-1])


def test_of_several_pictures_the_mean_is_said() -> None:
    torch.manual_seed(0)
    trace = explain(nn.Sequential(nn.Flatten(), nn.Linear(16, 3)), torch.rand(4, 1, 4, 4), label=[0, 1, 2, 1])
    assert trace.way_back is not None
    shares = trace.steps[-1].output.softmax(1)[range(4), [0, 1, 2, 1]]
    said = says(trace.way_back.steps[-1])
    assert "for each of 4 pictures, and divided by their number" in said
    assert f"got {float(shares.double().mean()):.4g} on average" in said


def test_dropouts_thrown_units_learn_nothing() -> None:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 40), nn.Dropout(0.25), nn.Linear(40, 3)).train()
    trace = explain(network, torch.rand(1, 1, 4, 4), label=1)
    step = next(step for step in trace.steps if step.op == "dropout")
    gradient = trace.parameters["1.weight"].gradient
    assert gradient is not None
    thrown = int((gradient == 0).all(1).sum())
    assert 0 < thrown < 40
    assert f"What was dropped, {part(thrown, 40)}, gets nothing" in says(step)
    assert "Here the factor is 1.333." in says(step)
    assert "Dropout is off" in says(explain(network.eval(), torch.rand(1, 1, 4, 4), label=1)[step.name])


def test_a_skip_is_a_road_without_toll() -> None:
    step = back_of(lambda x: torch.tanh(x) + x, X, op="add")
    assert "a road without toll" in says(step)
    assert step.gradient is not None
    assert torch.equal(step.gradient, step.origins[0].gradient)  # type: ignore[arg-type]


def test_an_embeddings_rows_that_were_named_learn() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Embedding(20, 4), nn.Flatten(), nn.Linear(12, 3))
    trace = explain(network, torch.tensor([[3, 7, 3]]), label=1)
    assert "Here 2 of 20 (10%) rows of the table learn" in says(trace["0"])
    gradient = trace.parameters["0.weight"].gradient
    assert gradient is not None
    assert gradient.abs().sum(1).nonzero().flatten().tolist() == [3, 7]


def test_fixed_statistics_only_scale() -> None:
    layer = nn.BatchNorm2d(3).double().eval()
    with torch.no_grad():
        layer.running_var.copy_(torch.tensor([0.25, 1.0, 4.0]))  # type: ignore[union-attr]
    trace = explain(nn.Sequential(layer), X, loss=_any_loss)
    assert "here from 0.5 to 2." in says(trace["0"])
    trace = explain(nn.Sequential(layer.train()), X, loss=_any_loss)
    assert "the 36 values of a group adds up to 0" in says(trace["0"])


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("batch_first", [True, False])
def test_how_much_reaches_the_first_time(layer: Any, batch_first: bool) -> None:
    torch.manual_seed(0)
    recurrent = layer(3, 5, batch_first=batch_first).double()
    network = Calls(lambda x: recurrent(x if batch_first else x.transpose(0, 1))[0])
    last = (slice(None), -1) if batch_first else (-1,)
    trace = explain(network, numbers(1, 7, 3), loss=lambda r: r[last].square().sum())
    step = next(step for step in trace.steps if step.kind == "recurrent" and step.gradient is not None)
    gradient = trace.steps[0].gradient
    assert gradient is not None
    times = gradient.reshape(7, 3).pow(2).mean(1).sqrt()
    assert f"is {float(times[0]):.3g} large at the first time, and {float(times[-1]):.3g} at the last" in says(step)
    assert "each of the 7 times" in says(step)


PULLS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor], str]] = {
    "mse_loss": (lambda x: F.mse_loss(x, X + 1), lambda a: 2 * (a - X - 1) / 108, "2 · (a − b)"),
    "l1_loss": (lambda x: F.l1_loss(x, X + 1), lambda a: (a - X - 1).sign() / 108, "the sign of a − b"),
    "smooth_l1_loss": (
        lambda x: F.smooth_l1_loss(3 * x, X, beta=0.5), lambda a: ((a - X) / 0.5).clamp(-1, 1) / 108, "(a − b) / β"
    ),
    "huber_loss": (lambda x: F.huber_loss(3 * x, X, delta=0.5), lambda a: (a - X).clamp(-0.5, 0.5) / 108, "δ or −δ"),
    "binary_cross_entropy": (
        lambda x: F.binary_cross_entropy(x.sigmoid(), (X > 1).double()),
        lambda a: (a - (X > 1).double()) / (a * (1 - a)) / 108,
        "(a − b) / (a · (1 − a))",
    ),
    "binary_cross_entropy_with_logits": (
        lambda x: F.binary_cross_entropy_with_logits(2 * x, (X > 1).double()),
        lambda a: (a.sigmoid() - (X > 1).double()) / 108,
        "σ(a) − b",
    ),
    "soft_margin_loss": (
        lambda x: F.soft_margin_loss(2 * x, X.sign()),
        lambda a: -X.sign() * (-a * X.sign()).sigmoid() / 108,
        "−b · σ(−a·b)",
    ),
}  # fmt: skip
"""A loss, what it should give each number a of the answer, and how the words write that."""


@pytest.mark.parametrize("op", PULLS)
def test_how_a_loss_pulls(op: str) -> None:
    does, pulls, said = PULLS[op]
    trace = explain(Calls(lambda x: does(x).reshape(1)), X, loss=lambda r: r.sum())
    step = next(step for step in trace.steps if step.op == op)
    assert said in says(step)
    assert "divided by their number, 108" in says(step)
    answer = step.origins[0]
    torch.testing.assert_close(answer.gradient, pulls(answer.output))


OTHERS: dict[str, Callable[[Tensor], Any]] = {
    "glu": lambda x: F.glu(x, -1),
    "prelu": lambda x: F.prelu(x, numbers(1)),
    "lp_pool2d": lambda x: F.lp_pool2d(x.abs(), 2, 2),
    "scaled_dot_product_attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "gumbel_softmax": lambda x: F.gumbel_softmax(x),
    "fractional_max_pool2d": lambda x: F.fractional_max_pool2d(x, 2, output_size=3),
    "view_as_real": lambda x: torch.view_as_real(torch.complex(x, -x)),
    "angle": lambda x: torch.complex(x, x + 1).angle(),
    "outer": lambda x: torch.outer(x[0, 0, 0], x[0, 1, 0]),
    "diff": lambda x: x.diff(),
    "cumprod": lambda x: x.cumprod(-1),
    "cdist": lambda x: torch.cdist(x, x + 1),
    "pairwise_distance": lambda x: F.pairwise_distance(x, 2 * x),
    "cosine_similarity": lambda x: F.cosine_similarity(x, x + 1),
    "einsum": lambda x: torch.einsum("bchw,bcwk->bchk", x, x),
    "fft_rfft": lambda x: torch.fft.rfft(x).abs(),
    "grid_sample": lambda x: F.grid_sample(x, F.affine_grid(x[:, :2, :1, :3].reshape(1, 2, 3), [1, 3, 4, 4])),
    "cat": lambda x: torch.cat([x, 2 * x], 1),
    "inverse": lambda x: torch.inverse(x),
    "matmul": lambda x: x @ x.mT,
    "mse_loss": lambda x: F.mse_loss(x, X + 1).reshape(1),
    "smooth_l1_loss": lambda x: F.smooth_l1_loss(x, X + 1).reshape(1),
    "binary_cross_entropy_with_logits": lambda x: F.binary_cross_entropy_with_logits(x, (X > 0).double()).reshape(1),
    "normalize": lambda x: F.normalize(x),
    "rms_norm": lambda x: F.rms_norm(x, [6]),
    "local_response_norm": lambda x: F.local_response_norm(x, 2),
    "std": lambda x: x.std(1),
    "logsumexp": lambda x: x.logsumexp(1),
    "quantile": lambda x: x.quantile(0.3, dim=1),
    "scatter_add": lambda x: torch.zeros(1, 3, 6, 6, dtype=x.dtype).scatter_add(1, torch.zeros_like(x).long(), x),
    "scatter": lambda x: x.scatter(1, torch.zeros(1, 3, 6, 6).long(), 2 * x),
    "sort": lambda x: x.sort().values,
    "max_unpool2d": lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), [2, 2]),
    "renorm": lambda x: x.renorm(2, 1, 1.0),
    "lerp": lambda x: x.lerp(2 * x, 0.3),
    "addcmul": lambda x: x.addcmul(x, x),
    "div": lambda x: x / (x + 3),
}  # fmt: skip


@pytest.mark.parametrize("op", OTHERS)
def test_every_other_operation_says_something_of_its_own(op: str) -> None:
    step = back_of(OTHERS[op], X, op=op)
    kind = homes()[step.op]
    assert kind.back is not None
    assert step.gradient is not None
    own: Iterator[str] = kind.back(step)
    assert len(list(own)) >= 1
