"""Every number of every network that people write has its sum, and every term of it names the value that it is."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain import Trace, explain
from sums import expect_true, five_places
from support import Does, load_network
from test_people import OF_COLOURS, OF_DIGITS, ONLY_EXPLAINED, spec_of
from ways_to_call import CALLS, UNIQUE, drawn

PEOPLES = [*OF_DIGITS, *OF_COLOURS, *ONLY_EXPLAINED]


def _shape(name: str) -> tuple[int, int, int]:
    coloured = name in OF_COLOURS or name == "unet_small:UNet"
    return (3, 32, 32) if coloured else (1, 28, 28)


@pytest.mark.parametrize("name", PEOPLES)
def test_every_step_of_every_network_that_people_write(name: str) -> None:
    torch.manual_seed(0)
    channels, height, width = _shape(name)
    network = load_network(spec_of(name), height=height, width=width, channels=channels, classes=10).eval()
    trace = explain(network, torch.rand(1, channels, height, width))
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)


# --- single operations, as they are called ---------------------------------------------------------------------------


def _trace(does: Callable[[Tensor], Any], dtype: torch.dtype = torch.float64) -> Trace:
    image = torch.randn(1, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(3)).to(dtype)
    return explain(Does(does).double() if dtype == torch.float64 else Does(does), image)


@pytest.mark.parametrize("name", CALLS)
def test_every_way_to_call_has_its_sum(name: str) -> None:
    for step in _trace(CALLS[name]).steps:
        expect_true(step, five_places(step), known=True)


class Kinds:
    """Kinds of networks by what they take: signals, tokens, volumes, masks."""

    @staticmethod
    def signal(x: Tensor) -> Tensor:
        return F.batch_norm(F.conv1d(x[0], drawn(6, 8, 3), stride=2, padding=1), None, None, training=True).mean(-1)

    @staticmethod
    def tokens(x: Tensor) -> Tensor:
        vectors = F.embedding((x[:, 0, 0] * 5).abs().long(), drawn(60, 16)).transpose(1, 2)
        return torch.cat([F.conv1d(vectors, drawn(4, 16, k)).relu().max(2).values for k in (2, 3, 4)], 1)

    @staticmethod
    def volume(x: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(F.max_pool3d(F.conv3d(x[:, None], drawn(4, 1, 2, 3, 3), padding=1), 2), 1)

    @staticmethod
    def causal(x: Tensor) -> Tensor:
        scores = x[:, 0] @ x[:, 1].mT
        later = torch.ones(8, 8, dtype=torch.bool).triu(1)
        return scores.masked_fill(later, -torch.inf).softmax(-1) @ x[:, 2]


@pytest.mark.parametrize("does", [Kinds.signal, Kinds.tokens, Kinds.volume, Kinds.causal])
def test_every_kind_of_network(does: Callable[[Tensor], Tensor]) -> None:
    for step in _trace(does).steps:
        expect_true(step, five_places(step), known=True)


def test_where_the_different_values_stand_is_said_in_a_sentence() -> None:
    step = next(s for s in _trace(lambda x: UNIQUE(x.round(), return_counts=True)).steps if s.op == "unique")
    again = _trace(lambda x: UNIQUE(x.round(), return_counts=True))["unique#2"]
    assert step.arithmetic().operation == "function"
    with pytest.raises(
        InputError, match=r"says of the values where or how often they stand; that is no sum of values$"
    ):
        again.arithmetic()


def test_what_the_tables_explain_wrongly_is_not_shown() -> None:
    """A call that gives something else than its name says, as a hook or a subclass may."""
    step = _trace(lambda x: x.relu()).steps[1]
    step.output = step.output + 1
    with pytest.raises(InputError, match="computes what the arithmetic known here does not explain"):
        step.arithmetic()


# --- half precision ---------------------------------------------------------------------------------------------------


class Halved(nn.Module):
    """Every operation that `autocast` has in lower precision, and what it has in full."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.up = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ConvTranspose2d(8, 4, 2, 2)
        self.fc, self.out = nn.Linear(4 * 16 * 16, 20), nn.Parameter(torch.randn(20, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.up(F.max_pool2d(F.gelu(self.norm(self.conv(x))), 2)[:, :, ::1].repeat_interleave(2, 2)[:, :, :8, :])
        x = F.layer_norm(F.interpolate(x, (16, 16)), (16, 16)).mean(1, keepdim=True).expand(-1, 4, -1, -1)
        x = F.scaled_dot_product_attention(x, x, x)
        x = torch.addmm(torch.ones(5, dtype=x.dtype), self.fc(x.flatten(1)).tanh(), self.out.to(x.dtype))
        return F.softmax(torch.einsum("nc,nc->nc", x, x) + x.sum(1, keepdim=True), 1)


HALVES = [torch.float16, torch.bfloat16]


@pytest.mark.parametrize("way", ["weights", "autocast"])
@pytest.mark.parametrize("dtype", HALVES, ids=["float16", "bfloat16"])
def test_sums_in_half_precision_are_of_what_was_multiplied(dtype: torch.dtype, way: str) -> None:
    torch.manual_seed(0)
    network, x = Halved().eval(), torch.randn(1, 3, 8, 8)
    inside: Any = torch.autocast("cpu", dtype) if way == "autocast" else contextlib.nullcontext()
    with inside:
        trace = explain(network.to(dtype) if way == "weights" else network, x.to(dtype) if way == "weights" else x)
    assert trace["conv"].output.dtype == dtype
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)
    found = trace["conv"].arithmetic(3, 4, 5)
    for term in found.terms:
        assert float(torch.tensor(term.value).to(dtype)) == term.value
        assert float(torch.tensor(term.weight).to(dtype)) == term.weight
    name = str(dtype).removeprefix("torch.")
    assert found.formula(numbers=True).endswith(f"(added up in {name})")
    assert found.details["precision"] == name


# --- where and on what a network runs ---------------------------------------------------------------------------------


class Inferring(nn.Module):
    """Goes into inference mode by itself, and overwrites what it made there."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.Flatten())
        self.fc = nn.Linear(98, 3)

    def forward(self, x: Tensor) -> Tensor:
        with torch.inference_mode():
            y: Tensor = self.fc(self.body(x))
            y[:, 0] = 2
        return y


class Sparse(nn.Module):
    """Buffers that are sparse, in two layouts, in three ways of multiplying."""

    def __init__(self) -> None:
        super().__init__()
        links = torch.rand(9, 9).relu().sub(0.5).relu()
        self.register_buffer("coo", links.to_sparse())
        self.register_buffer("csr", links.to_sparse_csr())
        self.fc = nn.Linear(9, 3)

    def forward(self, x: Tensor) -> Tensor:
        coo, csr = self.get_buffer("coo"), self.get_buffer("csr")
        y = torch.sparse.mm(coo, x[0, 0]) + csr @ x[0, 0] + coo @ x[0, 0]
        answer: Tensor = self.fc(y[None])
        return answer


class Empty(nn.Module):
    """Tensors of no values, as a detector without detections has them."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("none", torch.empty(0, 3))
        self.fc = nn.Linear(81, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        nothing = F.conv2d(F.relu(x[:, 1:]), torch.ones(2, 0, 3, 3))
        boxes = torch.cat([self.get_buffer("none"), self.fc(x.flatten(1))])
        found = boxes[boxes > 100]
        pooled = F.max_pool2d(x[:0], 2)
        return boxes, found, found.mean(), x[:, :, :0].sum(2), pooled, nothing.softmax(1), boxes.topk(0).values


@pytest.mark.filterwarnings("ignore:Sparse CSR:UserWarning")
@pytest.mark.parametrize("make", [Inferring, Sparse, Empty])
@pytest.mark.parametrize("mode", [contextlib.nullcontext, torch.inference_mode])
def test_inference_mode_sparse_buffers_and_empty_tensors(
    make: Callable[[], nn.Module], mode: Callable[[], Any], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    with mode():
        network, x = make().eval(), torch.rand(1, 1, 9, 9)
        trace = explain(network, x)
    for step in trace.steps:
        assert step.words() or step.kind == "output"
        if step.output.numel():
            expect_true(step, five_places(step), known=make is not Empty or step.op != "mean")
        else:
            with pytest.raises(InputError, match="is empty, .* it has no value to show"):
                step.arithmetic()
    trace.to_html(tmp_path / "page.html")
    trace.to_json(tmp_path / "about.json")
    assert trace.diagram(detail=True)


def test_products_of_sparse_matrices_are_not_counted_as_if_they_were_full() -> None:
    trace = explain(Sparse(), torch.rand(1, 1, 9, 9))
    assert {step.op for step in trace.steps if step.macs is None} == {"mm", "matmul"}
    assert trace.macs == 9 * 30
