"""Every function of one value that PyTorch has, on the page: its formula, a value, what it becomes, and its curve."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Page
from torch import Tensor, nn

from fivebyfive.explain import explain
from fivebyfive.explain.kinds import activation, function
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import document, functions, keep

from .reading import close, go, number


def _of_torch(name: str) -> Callable[[Tensor], Tensor]:
    """PyTorch's function of that name; ``special_ndtr`` is one of ``torch.special``."""
    home = torch.special if name.startswith("special_") else torch
    function: Callable[[Tensor], Tensor] = getattr(home, name.removeprefix("special_"))
    return function


FUNCTIONS = activation.FUNCTIONS | function.FUNCTIONS
SLOPES = torch.tensor([0.25, -0.5])
CASES: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "relu": (F.relu, "max(x, 0)"),
    "relu6": (F.relu6, "min(max(x, 0), 6)"),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.3), "x if x > 0, else 0.3·x"),
    "prelu": (lambda x: F.prelu(x, SLOPES), "x if x > 0, else -0.5·x"),
    "rrelu": (F.rrelu, "x if x > 0, else 0.2292·x"),
    "elu": (lambda x: F.elu(x, 0.7), "x if x > 0, else 0.7·(eˣ − 1)"),
    "celu": (lambda x: F.celu(x, 0.7), "x if x > 0, else 0.7·(e^(x/0.7) − 1)"),
    "selu": (F.selu, "1.0507·(x if x > 0, else 1.6733·(eˣ − 1))"),
    "gelu": (F.gelu, "x·Φ(x), Φ the normal distribution"),
    "silu": (F.silu, "x / (1 + e⁻ˣ)"),
    "mish": (F.mish, "x·tanh(ln(1 + eˣ))"),
    "hardswish": (F.hardswish, "x·min(max(x + 3, 0), 6) / 6"),
    "hardsigmoid": (F.hardsigmoid, "min(max(x + 3, 0), 6) / 6"),
    "hardtanh": (lambda x: F.hardtanh(x, -0.3, 0.8), "min(max(x, -0.3), 0.8)"),
    "softplus": (lambda x: F.softplus(x, 2), "ln(1 + e^(2·x)) / 2"),
    "softsign": (F.softsign, "x / (1 + |x|)"),
    "tanh": (torch.tanh, "tanh(x)"),
    "sigmoid": (torch.sigmoid, "1 / (1 + e⁻ˣ)"),
    "logsigmoid": (F.logsigmoid, "−ln(1 + e⁻ˣ)"),
    "tanhshrink": (F.tanhshrink, "x − tanh(x)"),
    "threshold": (lambda x: F.threshold(x, 0.3, -2.0), "x if x > 0.3, else -2"),
    "hardshrink": (lambda x: F.hardshrink(x, 0.3), "x if |x| > 0.3, else 0"),
    "softshrink": (lambda x: F.softshrink(x, 0.3), "x moved 0.3 towards 0, and no further"),
    "neg": (torch.neg, "−x"),
    "abs": (torch.abs, "|x|"),
    "exp": (torch.exp, "eˣ"),
    "expm1": (torch.expm1, "eˣ − 1"),
    "log": (torch.log, "ln x"),
    "log1p": (torch.log1p, "ln(1 + x)"),
    "log2": (torch.log2, "log₂ x"),
    "sqrt": (torch.sqrt, "√x"),
    "rsqrt": (torch.rsqrt, "1 / √x"),
    "square": (torch.square, "x²"),
    "reciprocal": (torch.reciprocal, "1 / x"),
    "sign": (torch.sign, "the sign of x"),
    "floor": (torch.floor, "x rounded down"),
    "ceil": (torch.ceil, "x rounded up"),
    "round": (torch.round, "x rounded"),
    "trunc": (torch.trunc, "x without its fraction"),
    "frac": (torch.frac, "the fraction of x"),
    "sin": (torch.sin, "sin x"),
    "cos": (torch.cos, "cos x"),
    "tan": (torch.tan, "tan x"),
    "atan": (torch.atan, "arctan x"),
    "erf": (torch.erf, "erf x"),
    "sinh": (torch.sinh, "sinh x"),
    "cosh": (torch.cosh, "cosh x"),
    "clamp": (lambda x: torch.clamp(x, -0.3, 0.8), "x, at least -0.3 and at most 0.8"),
    "clamp_min": (lambda x: torch.clamp_min(x, 0.1), "max(x, 0.1)"),
    "clamp_max": (lambda x: torch.clamp_max(x, 0.1), "min(x, 0.1)"),
    "logit": (torch.logit, "ln(x / (1 − x))"),
}
CASES |= {name: (_of_torch(name), known.written({})) for name, known in FUNCTIONS.items() if name not in CASES}
GELU_BY_TANH = "gelu by tanh"
CASES[GELU_BY_TANH] = (lambda x: F.gelu(x, approximate="tanh"), "x·Φ(x), Φ the normal distribution")
SIDE = 5
PLACES = [(0, 0), (1, 3), (2, 2), (4, 4)]
"""Far below zero, below it, zero itself, far above."""


class Every(nn.Module):
    """All functions of the same values, one beside the other."""

    def forward(self, x: Tensor) -> list[Tensor]:
        return [apply(x) for apply, _ in CASES.values()]


@pytest.fixture(scope="module")
def trace() -> Trace:
    """On two maps whose values go from −7 to 7, by zero."""
    values = torch.linspace(-7, 7, SIDE * SIDE).reshape(1, SIDE, SIDE)
    return explain(Every().eval(), torch.cat([values, values]))


@pytest.fixture(scope="module")
def steps(trace: Trace) -> dict[str, Step]:
    """The step of each case."""
    performed = [step for step in trace.steps if step.op in FUNCTIONS]
    assert len(performed) == len(CASES)
    return dict(zip(CASES, performed, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_its_formula_and_what_it_makes_of_a_value(steps: dict[str, Step], page: Page, case: str) -> None:
    step, channel = steps[case], 1
    for y, x in PLACES:
        go(page, step, y, x, channel)
        assert page.locator("#number [data-formula]").text_content() == f"{step.op}(x) = {CASES[case][1]}"
        assert page.locator(".curve + figcaption").text_content() == f"{step.op}: {CASES[case][1]}"
        assert number(page, "value-in") == close(step.origins[0].value(y, x, channel))
        value = step.value(y, x, channel)
        for shown in ("total", "sum"):
            assert number(page, shown) == pytest.approx(value, rel=1e-6, abs=1e-7, nan_ok=True)


@pytest.mark.parametrize("case", CASES)
def test_its_curve_is_pytorchs(trace: Trace, steps: dict[str, Step], case: str) -> None:
    step, (apply, _) = steps[case], CASES[case]
    sent = document.parameters(trace).buffers | document.values(trace).buffers
    if f"samples/{step.index}" in sent:
        (points,) = sent[f"samples/{step.index}"]
        x, y = points.T
        assert (x[0], x[-1]) == (-7, 7)
        expected = apply(torch.from_numpy(np.stack([x, x]))[None, :, :, None].double().float())[0, 0, :, 0].float()
        beyond = ~expected.isfinite()
        torch.testing.assert_close(torch.from_numpy(y.copy())[~beyond], expected[~beyond], rtol=1e-4, atol=1e-5)
    else:
        edges = [-7.0, -3.0, -0.3, 0.0, 0.1, 0.3, 0.8, 3.0, 6.0, 7.0]
        x = np.array(edges + [float(np.nextafter(np.float32(e), np.float32(s))) for e in edges for s in (-9, 9)], "f")
        expected = apply(torch.from_numpy(np.stack([x, x]))[None, :, :, None])[0, :, :, 0]
        ways = sent[f"pieces/{step.index}"]
        followed = np.stack([_followed(ways[c % len(ways)], x) for c in range(2)])
        if functions.exact(step):
            assert (followed == expected.numpy()).all()  # the page's own arithmetic: double, rounded once
        torch.testing.assert_close(torch.from_numpy(followed), expected)


def _followed(pieces: np.ndarray, x: np.ndarray) -> np.ndarray:
    which = [next(i for i, (end, _, _) in enumerate(pieces) if value <= end) for value in x]
    followed: np.ndarray = (pieces[which, 1].astype(float) * x + pieces[which, 2]).astype(np.float32)
    return followed


def test_a_file_leaves_out_what_follows_exactly(steps: dict[str, Step]) -> None:
    left_out = {case for case, step in steps.items() if keep.derivable(step)}
    straight = {"relu", "relu6", "leaky_relu", "prelu", "rrelu", "hardtanh", "threshold", "hardshrink", "softshrink"}
    assert left_out == straight | {"neg", "abs", "sign", "clamp", "clamp_min", "clamp_max"}
