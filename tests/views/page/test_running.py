"""The page's own modules, run in Node with what the page is sent, give every number that PyTorch gives.

What is sent comes from one picture, what is compared from another: so nothing of the first picture is left in it.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import computable, functions, running
from fivebyfive.views.page.document import pack
from running import NEAR, Distances, round_weights, run
from steps import Calls, numbers
from ways_to_call import CALLS

from .networks import branches

JS = Path(__file__).parents[3] / "src" / "fivebyfive" / "views" / "page" / "js"


class Looks(nn.Module):
    """Attention in three ways: a layer of an encoder, heads with a mask, and shares without any matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 16, 7, stride=7)
        self.encoder = nn.TransformerEncoderLayer(16, 4, 24, batch_first=True, activation="gelu")
        self.heads = nn.MultiheadAttention(16, 2, batch_first=True)
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.encoder(self.patches(x).flatten(2).transpose(1, 2))
        mask = torch.triu(torch.ones(16, 16, dtype=torch.bool), 1)
        x = x + self.heads(x, x, x, attn_mask=mask, need_weights=False)[0]
        q, k = x.reshape(1, 16, 2, 8).transpose(1, 2), x.flip(1).reshape(1, 16, 2, 8).transpose(1, 2)
        x = x + F.scaled_dot_product_attention(q, k, k, is_causal=True).transpose(1, 2).flatten(2)
        out: Tensor = self.head(x.mean(1)).softmax(1)
        return out


class Reads(nn.Module):
    """Rows that are read forward and backward, in two layers, and what a cell remembers of them."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(28, 12, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(24, 9)
        self.plain = nn.RNN(9, 7, nonlinearity="relu", bias=False)
        self.cell = nn.LSTMCell(7, 8)
        self.head = nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x, _ = self.lstm(x.flatten(0, -3)[:, ::4])
        x, last = self.gru(x.transpose(0, 1))
        x, _ = self.plain(x + last)
        h, c = self.cell(x[0])
        h, c = self.cell(x[1], (h, c))
        out: Tensor = self.head(h + c)
        return out


def small(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(3)
    return make().eval()


MNIST = (1, 28, 28)
NETWORKS: dict[str, tuple[Callable[[], Any], tuple[int, int, int]]] = {
    "conv_net": (lambda: model.load("conv_net"), MNIST),
    "quick": (lambda: model.load("quick"), MNIST),
    "residual": (ARCHITECTURES["residual"].network, ARCHITECTURES["residual"].shape),
    "u-shaped": (ARCHITECTURES["u-shaped"].network, ARCHITECTURES["u-shaped"].shape),
    "colour": (branches, (3, 16, 16)),
    "attention": (lambda: small(Looks), MNIST),
    "recurrent": (lambda: small(Reads), MNIST),
}


def picture(name: str, number: int) -> Any:
    if name in ("conv_net", "quick"):
        return datasets.load("mnist").test.pixels[number]
    return torch.rand(NETWORKS[name][1], generator=torch.Generator().manual_seed(number))


def pair(network: Any, name: str) -> tuple[Trace, Trace]:
    """Two pictures' traces, with the weights as they are sent."""
    round_weights(explain(network, picture(name, 0)))
    return explain(network, picture(name, 0)), explain(network, picture(name, 1))


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[Trace, Trace]]:
    torch.set_num_threads(1)
    return {name: pair(make(), name) for name, (make, _) in NETWORKS.items()}


@pytest.fixture(scope="module")
def distances(pairs: dict[str, tuple[Trace, Trace]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Distances]:
    found = run(pairs.values(), tmp_path_factory.mktemp("running"))
    return dict(zip(pairs, found, strict=True))


def expect_near(found: Distances) -> None:
    assert {name: far for name, far in found.items() if far is None or far > NEAR} == {}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_step_of_another_picture(
    name: str, pairs: dict[str, tuple[Trace, Trace]], distances: dict[str, Distances]
) -> None:
    first, second = pairs[name]
    assert running.cannot(first) == []
    assert {f"output/{step.index}" for step in second.steps} <= set(distances[name])
    expect_near(distances[name])


def test_what_else_hangs_on_the_picture_is_made_anew(distances: dict[str, Distances]) -> None:
    made = {name.partition("/")[0] for found in distances.values() for name in found}
    assert made >= {"samples", "shares", "constant-0", "gate-i", "gate-cell", "gate-z", "gate-sum"}


def test_nothing_of_the_picture_is_sent(pairs: dict[str, tuple[Trace, Trace]]) -> None:
    for first, second in pairs.values():
        assert pack(*running.parts(first)) == pack(*running.parts(second))


def test_rounding_the_weights_moves_the_answer_little() -> None:
    network = NETWORKS["residual"][0]()
    before = explain(network, picture("residual", 1))
    assert 0 < len(running.rounded(before)) < len([step for step in before.steps if step.weight is not None])
    round_weights(before)
    after = explain(network, picture("residual", 1))
    moved = (before.steps[-1].output - after.steps[-1].output).abs().max()
    assert 0 < moved < 1e-3 * before.steps[-1].output.abs().max()


def test_every_way_to_call_is_right_or_named(tmp_path: Path) -> None:
    traces = {n: [explain(Calls(call), numbers(1, 3, 8, 8, seed=k)) for k in (1, 2)] for n, call in CALLS.items()}
    able = [name for name, (first, _) in traces.items() if not running.cannot(first)]
    assert len(able) >= 10
    for found in run([(traces[name][0], traces[name][1]) for name in able], tmp_path):
        expect_near(found)


def test_every_function_of_one_value(tmp_path: Path) -> None:
    def every(x: Tensor) -> list[Tensor]:
        return [applied(name, x) for name in sorted(functions.CURVES)]

    traces = [explain(Calls(every), x) for x in (numbers(1, 3, 5, 5), 3 * numbers(1, 3, 5, 5, seed=2))]
    assert running.cannot(traces[0]) == []
    assert {step.op for step in traces[0].steps} >= functions.CURVES
    (found,) = run([(traces[0], traces[1])], tmp_path)
    expect_near(found)


NUMBERS: dict[str, dict[str, Any]] = {
    "elu": {"alpha": 0.7}, "celu": {"alpha": 1.3}, "gelu": {"approximate": "tanh"}, "round": {"decimals": 1},
    "softplus": {"beta": 2.0, "threshold": 3.0}, "logit": {"eps": 0.1}, "nan_to_num": {"nan": 2.0, "posinf": 3.0},
}  # fmt: skip


def applied(name: str, x: Tensor) -> Tensor:
    x = x / (x > 0.5) if name in ("nan_to_num", "isnan", "isinf", "isposinf", "isneginf") else x
    home = next(h for h in (F, torch, torch.special) if hasattr(h, name.removeprefix("special_")))
    made: Tensor = getattr(home, name.removeprefix("special_"))(x, **NUMBERS.get(name, {}))
    return made


class TestWhatThePageCannotDo:
    def cannot(self, does: Callable[[Tensor], Any]) -> list[str]:
        return running.cannot(explain(Calls(does), numbers(1, 3, 8, 8)))

    def test_what_it_has_no_form_for(self) -> None:
        assert self.cannot(lambda x: F.lp_pool2d(x.relu(), 2.0, 2)) == ["lp_pool2d"]

    def test_functions_that_javascript_lacks(self) -> None:
        assert self.cannot(lambda x: x.lgamma().tanh()) == ["lgamma"]

    def test_what_is_drawn_at_random(self) -> None:
        assert self.cannot(lambda x: F.dropout(x, 0.5)) == ["dropout"]
        assert self.cannot(lambda x: x + torch.rand(8)) == ["rand"]

    def test_places_that_hang_on_the_picture(self) -> None:
        assert self.cannot(lambda x: x.gather(1, x.argmax(1, keepdim=True)))[-1] == "gather"

    def test_numbers_that_it_has_only_rounded(self) -> None:
        assert self.cannot(lambda x: x.half().float())[:1] == ["half"]
        assert self.cannot(lambda x: (x * 3).long()) == ["long"]

    def test_complex_numbers(self) -> None:
        assert self.cannot(lambda x: torch.fft.fft(x).abs()) == ["fft_fft", "abs"]

    def test_several_pictures(self) -> None:
        assert self.cannot(lambda x: F.max_pool2d(torch.cat([x, x]), 2)) == ["max_pool2d"]


def test_what_is_worked_out_is_said_once() -> None:
    script = (
        f'const {{ KINDS }} = await import("{Path(__file__).parents[2] / "js" / "support.js"}");'
        f'const {{ FUNCTIONS }} = await import("{JS / "network" / "functions.js"}");'
        "const forms = Object.keys(KINDS).filter((name) => KINDS[name].derive);"
        "console.log(JSON.stringify({ forms, functions: Object.keys(FUNCTIONS) }));"
    )
    told = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    found = json.loads(told.stdout)
    assert set(found["forms"]) == computable.WORKED_OUT
    assert set(found["functions"]) == functions.CURVES
