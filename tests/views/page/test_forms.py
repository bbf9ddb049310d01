"""What the page works out from places that it is sent: every number is what `Step.arithmetic` says, form by form."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Page
from torch import Tensor, nn

from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page.structure import form_of

from .reading import close, go, number
from .test_numbers import places

CHANNELS, PLACES = torch.arange(4.0).reshape(1, 4, 1, 1), torch.arange(48.0).reshape(6, 8)
TABLE = torch.linspace(-1, 1, 24).reshape(3, 8)
MOVED: dict[str, Callable[[Tensor], Tensor]] = {
    "dimensions change places": lambda x: x.permute(0, 2, 3, 1),
    "rows become columns": lambda x: x.transpose(2, 3),
    "every other row": lambda x: x[:, :, 1::2],
    "one map": lambda x: x[:, 2],
    "maps in a list of places": lambda x: x[:, [3, 0, 3]],
    "one behind another, in rows": lambda x: torch.cat([x, x * 2], 2),
    "one behind another, in columns": lambda x: torch.cat([x * 3, x], 3),
    "a stack": lambda x: torch.stack([x, x.abs()], 2),
    "a circle": lambda x: torch.roll(x, (1, 2), (2, 3)),
    "a mirror": lambda x: x.flip(3),
    "an edge of zeros": lambda x: F.pad(x, (1, 2, 0, 1)),
    "an edge of numbers": lambda x: F.pad(x, (1, 1, 1, 1), value=0.5),
    "an edge that is a mirror": lambda x: F.pad(x, (2, 1, 1, 2), mode="reflect"),
    "pixels of channels": lambda x: F.pixel_shuffle(x, 2),
    "channels of pixels": lambda x: F.pixel_unshuffle(x, 2),
    "groups of channels mix": lambda x: F.channel_shuffle(x, 2),
    "windows": lambda x: x.view(1, 4, 3, 2, 4, 2).permute(0, 2, 4, 3, 5, 1),
    "windows as lists": lambda x: F.unfold(x, 3, padding=1),
    "repeated": lambda x: x[:, :, :1].expand(1, 4, 6, 8),
    "above the diagonal": lambda x: x.triu(1),
    "with a number before": lambda x: torch.cat([torch.full((1, 4, 1, 8), 7.0), x], 2),
    "the nearest pixel": lambda x: F.interpolate(x, scale_factor=2),
    "rows of a table": lambda x: F.embedding(x[0, 0].abs().round().long().clamp(max=2), TABLE),
    "a part": lambda x: x.chunk(2, 3)[1],
}


PAIRS: dict[str, Callable[[Tensor], Tensor]] = {
    "tokens, each with the same matrix": lambda x: F.linear(x.flatten(2), torch.linspace(-1, 1, 96).reshape(2, 48)),
    "along the last dimension, with a bias": lambda x: F.linear(x, TABLE, torch.tensor([1.0, 2.0, -3.0])),
    "a result with another, turned": lambda x: x @ x.transpose(2, 3),
    "a result with a matrix that the network holds": lambda x: x @ TABLE.T,
    "a matrix that the network holds with a result": lambda x: TABLE[:, :6] @ x,
    "scaled, with what is added": lambda x: torch.baddbmm(torch.ones(4, 6, 6), x[0], x[0].mT, beta=0.5, alpha=0.1),
    "letters": lambda x: torch.einsum("nchw,nkhw->nhck", x, x * 2),
    "letters over several dimensions": lambda x: torch.einsum("nchw,nkhw->nck", x, x),
}
REDUCED: dict[str, Callable[[Tensor], Tensor]] = {
    "the mean of channels": lambda x: x.mean(1, keepdim=True),
    "the sum of rows": lambda x: x.sum(2),
    "the mean of all": lambda x: x.mean(),
    "the largest of a row": lambda x: x.amax(3),
    "the smallest of two dimensions": lambda x: x.amin((1, 2)),
    "the largest, of two results": lambda x: x.max(3).values,
    "where the largest stands": lambda x: x.max(3).indices,
    "where the smallest stands": lambda x: x.argmin(1),
    "a variance": lambda x: x.var((2, 3)),
    "a deviation of few": lambda x: x.std(1, unbiased=False),
    "a length": lambda x: x.norm(dim=1),
    "a length by the third power": lambda x: x.norm(p=3, dim=(2, 3)),
    "a product": lambda x: x.prod(1),
    "a logarithm of powers": lambda x: x.logsumexp(1),
}
HEADS = torch.randn(1, 2, 6, 8, generator=torch.Generator().manual_seed(0))
FLOATS = torch.linspace(-2, 2, 36).reshape(6, 6)
HIDES = torch.ones(6, 6, dtype=torch.bool).tril()
HIDES[3] = False
ATTENTION: dict[str, Callable[[Tensor], Tensor]] = {
    "every query sees every key": lambda x: F.scaled_dot_product_attention(x, x * 2, x.flip(3)),
    "none looks behind itself": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "a mask adds": lambda x: F.scaled_dot_product_attention(x, x, x, FLOATS),
    "a mask hides, from one query all": lambda x: F.scaled_dot_product_attention(x, x, x, HIDES),
    "a mask that was computed": lambda x: F.scaled_dot_product_attention(x, x, x, x[..., :6]),
    "with a scale": lambda x: F.scaled_dot_product_attention(x, x, x, scale=0.1),
    "heads that share keys": lambda x: F.scaled_dot_product_attention(x, HEADS, HEADS, enable_gqa=True),
    "without heads": lambda x: F.scaled_dot_product_attention(x[:, 0], x[:, 1, :3], x[:, 2, :3, :5]),
}


def _heads(layer: nn.MultiheadAttention) -> Callable[[Tensor], Tensor]:
    def attend(x: Tensor) -> Tensor:
        tokens = x[:, 0].transpose(0, 1)
        found: Tensor = layer.eval()(tokens, tokens, tokens)[0]
        return found

    return attend


HEADED: dict[str, Callable[[Tensor], Tensor]] = {
    "several heads": _heads(nn.MultiheadAttention(8, 2)),
    "several heads, and keys of their own": _heads(nn.MultiheadAttention(8, 4, add_bias_kv=True, add_zero_attn=True)),
    "several heads without biases": _heads(nn.MultiheadAttention(8, 2, bias=False)),
}
CHOSEN: dict[str, Callable[[Tensor], Tensor]] = {
    "where a condition holds": lambda x: torch.where(x > 0, x, x * 0.1),
    "where a condition holds, a number": lambda x: torch.where(x > 0, x, -1.0),
    "a mask of the network's": lambda x: x[..., :6].masked_fill(~HIDES, float("-inf")),
    "a mask that was worked out": lambda x: x.masked_fill(x.abs() > 1, 0.0),
}
RESIZED: dict[str, Callable[[Tensor], Tensor]] = {
    "larger": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "larger, corner on corner": lambda x: F.interpolate(x, (11, 9), mode="bilinear", align_corners=True),
    "smaller": lambda x: F.interpolate(x, (4, 3), mode="bicubic"),
    "smaller, of all pixels": lambda x: F.interpolate(x, (3, 3), mode="bilinear", antialias=True),
    "a signal": lambda x: F.interpolate(x[:, :, 0], 13, mode="linear"),
}


def _layer(layer: nn.Module, part: int) -> Callable[[Tensor], Tensor]:
    def read(x: Tensor) -> Tensor:
        found = layer(x[:, 0].transpose(0, 1))
        result: Tensor = found[0] if part == 0 else found[1][1] if isinstance(found[1], tuple) else found[1]
        return result

    return read


torch.manual_seed(0)
REMEMBERED: dict[str, Callable[[Tensor], Tensor]] = {
    "an LSTM": _layer(nn.LSTM(8, 3, 2, bidirectional=True), 0),
    "what an LSTM remembers": _layer(nn.LSTM(8, 3, 2), 1),
    "a GRU": _layer(nn.GRU(8, 3, bidirectional=True), 0),
    "a simple layer": _layer(nn.RNN(8, 3), 0),
    "a simple layer that cuts off": _layer(nn.RNN(8, 3, nonlinearity="relu"), 0),
}
CUMULATED: dict[str, Callable[[Tensor], Tensor]] = {
    "along the columns": lambda x: x.cumsum(3),
    "along the channels": lambda x: x.cumsum(1),
}
JOINED: dict[str, Callable[[Tensor], Tensor]] = {
    "with a number": lambda x: x + 0.5,
    "a number less it": lambda x: 1 - x,
    "a number by it": lambda x: 2 / x,
    "times a number": lambda x: x * -3,
    "with a number for each channel": lambda x: x * CHANNELS,
    "with a number for each place": lambda x: x + PLACES,
    "two results, one less another": lambda x: x - x.abs(),
    "two results, one by another": lambda x: x / (x.abs() + 1),
    "with a row of another": lambda x: x - x[:, :, :1],
    "some of another": lambda x: torch.add(x, x.abs(), alpha=0.25),
    "a power": lambda x: x.abs() ** 1.5,
    "the larger": lambda x: torch.maximum(x, x.flip(3)),
    "the smaller": lambda x: torch.minimum(x, torch.zeros(1)),
    "a comparison": lambda x: x > 0.2,
    "a comparison of results": lambda x: x <= x.flip(3),
    "both": lambda x: (x > 0) & (x < 1),
    "a remainder": lambda x: torch.remainder(x, 0.3),
    "rounded down": lambda x: torch.div(x, 0.3, rounding_mode="floor"),
    "an angle": lambda x: torch.atan2(x, x.abs() + 1),
}


class Every(nn.Module):
    """All cases on the same maps, one beside the other."""

    def __init__(self, cases: dict[str, Callable[[Tensor], Tensor]]) -> None:
        super().__init__()
        self.cases = cases

    def forward(self, x: Tensor) -> list[Tensor]:
        return [case(x) for case in self.cases.values()]


BY_FORM = {
    "moved": MOVED,
    "pairs": PAIRS,
    "reduction": REDUCED,
    "attention": ATTENTION,
    "choice": CHOSEN,
    "multi_head": HEADED,
    "interpolation": RESIZED,
    "recurrent": REMEMBERED,
    "cumulation": CUMULATED,
    "binary": JOINED,
}
CASES = {name: case for cases in BY_FORM.values() for name, case in cases.items()}
FORMS = {name: form for form, cases in BY_FORM.items() for name in cases}


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    return explain(Every(CASES).eval(), torch.randn(1, 4, 6, 8))


@pytest.fixture(scope="module")
def steps(trace: Trace) -> dict[str, Step]:
    """The last step of each case."""
    outputs = [step for step in trace.steps if step.kind == "output"]
    return dict(zip(CASES, (step.origins[0] for step in outputs), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_each_number_is_worked_out_by_its_form(case: str, steps: dict[str, Step], page: Page) -> None:
    step = steps[case]
    assert form_of(step) == FORMS[case]
    for y, x, channel in places(step):
        go(page, step, y, x, channel)
        found = step.arithmetic(y, x, channel)
        scale = max([abs(found.total), *(abs(t.product) for t in found.terms)])
        assert number(page, "total") == close(step.value(y, x, channel))
        assert number(page, "sum") == close(found.total, scale)
