"""Why an answer: pixels, biases and the rest add up to the logit, whatever the network, and are autograd's."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor, nn

from accounts import expect_account, expect_autograds, expect_biases
from architectures import ARCHITECTURES
from fivebyfive import datasets, model, networks
from fivebyfive.errors import InputError
from fivebyfive.explain import Trace, explain
from support import Does

CLASSIFIERS = [name for name in ARCHITECTURES if name != "u-shaped"]
PIECEWISE = ["plain", "residual", "inception", "channel shuffle"]


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_architecture_adds_up(name: str, precision: torch.dtype) -> None:
    architecture = ARCHITECTURES[name]
    network, image = architecture.network().to(precision), architecture.image().to(precision)[None]
    trace = explain(network, image)
    for why in (trace.why(), trace.why(0, instead_of=1)):
        expect_account(why)
        expect_autograds(why, network)


@pytest.mark.parametrize("name", PIECEWISE)
def test_biases_are_those_of_the_network(name: str) -> None:
    architecture = ARCHITECTURES[name]
    network, image = architecture.network(), architecture.image()[None]
    why = explain(network, image).why()
    assert {share.sort for share in why.shares} <= {"bias", "rounding"}
    if not any(isinstance(module, nn.BatchNorm2d) for module in network.modules()):
        expect_biases(why, network)


@pytest.mark.parametrize("name", ["conv_net", "quick", "perceptron", "deep"])
def test_the_shipped_networks_add_up(name: str) -> None:
    pixels = datasets.load("mnist").test.pixels[3]
    network = model.load(name) if name in ("conv_net", "quick") else networks.build(name).eval()
    trace = explain(network, pixels)
    whole = network.network if isinstance(network, model.Model) else network
    for why in (trace.why(), trace.why(9, instead_of=4)):
        expect_account(why)
        expect_autograds(why, whole)


class Straight(nn.Module):
    """Layers of straight pieces only."""

    def __init__(self, channels: int, kernel: int, stride: int, pooled: str, skips: bool, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.first = nn.Conv2d(2, channels, kernel, stride, padding=kernel // 2)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, groups=channels if skips else 1)
        self.pool = nn.MaxPool2d(2) if pooled == "max" else nn.AvgPool2d(2)
        self.last = nn.LazyLinear(3)
        self.skips = skips

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.first(x))
        x = x + self.second(x) if self.skips else self.second(x)
        result: Tensor = self.last(self.pool(x.relu()).flatten(1))
        return result


@settings(max_examples=25)
@drawn(
    st.integers(1, 4), st.sampled_from([1, 3, 5]), st.integers(1, 2), st.sampled_from(["max", "mean"]), st.booleans(),
    st.integers(0, 99),
)  # fmt: skip
def test_pixels_and_biases_alone_are_the_logit_where_all_pieces_are_straight(
    channels: int, kernel: int, stride: int, pooled: str, skips: bool, seed: int
) -> None:
    network = Straight(channels, kernel, stride, pooled, skips, seed)
    x = torch.randn(1, 2, 9, 8)
    network(x)
    why = explain(network, x).why(1)
    expect_account(why)
    expect_autograds(why, network)
    expect_biases(why, network)
    assert not any(share.sort in ("curve", "hole") for share in why.shares)


def test_one_class_rather_than_another_is_the_difference_of_their_accounts() -> None:
    architecture = ARCHITECTURES["residual"]
    trace = explain(architecture.network(), architecture.image()[None])
    one, other, over = trace.why(2), trace.why(0), trace.why(2, instead_of=0)
    assert over.value == pytest.approx(one.value - other.value)
    torch.testing.assert_close(over.pixels, one.pixels - other.pixels)
    for name, maps in over.maps.items():
        torch.testing.assert_close(maps, one.maps[name] - other.maps[name])


def test_a_softmax_at_the_end_is_left_out_and_said() -> None:
    class Ends(nn.Module):
        def __init__(self, end: str) -> None:
            super().__init__()
            self.layer, self.end = nn.Linear(5, 3), end

        def forward(self, x: Tensor) -> Tensor:
            logits = self.layer(x)
            return torch.log_softmax(logits, 1) if self.end == "log-softmax" else torch.softmax(logits, 1).view(1, 3)

    x = torch.rand(1, 5)
    for end in ("softmax", "log-softmax"):
        network = Ends(end)
        why = explain(network, x).why()
        assert why.value == pytest.approx(float(network.layer(x).max()))
        assert any(end in word and "logit before it" in word for word in why.words())
        expect_account(why)


def test_what_does_not_pass_a_gradient_on_is_a_hole_of_its_size() -> None:
    layer = nn.Linear(4, 3)
    x = torch.rand(1, 4) + 1
    cut = explain(Does(lambda x: layer(x.round() + x.detach())), x).why(0)
    assert [hole.step for hole in cut.holes] == ["x.round", "x.detach"] or len(cut.holes) == 2
    assert sum(hole.amount for hole in cut.holes) == pytest.approx(
        float((layer.weight[0] * (x.round() + x)[0]).sum()), abs=1e-5
    )
    assert any("has a hole" in word for word in cut.words())
    expect_account(cut)
    whole = explain(Does(lambda x: layer(x.argmax(1, keepdim=True).float().expand(1, 4))), x).why(0)
    assert "whole numbers" in whole.holes[0].reason
    assert not whole.pixels.any()
    expect_account(whole)


def test_what_bends_is_named_by_its_step() -> None:
    layer = nn.Linear(4, 3)
    why = explain(Does(lambda x: layer(F.gelu(x) * x.sigmoid())), torch.rand(1, 4)).why()
    bent = {share.step.split(".")[-1] for share in why.shares if share.sort == "curve"}
    assert bent == {"gelu", "sigmoid", "mul"} or len(bent) == 3
    expect_account(why)


class TakesTwo(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        result: Tensor = self.layer(a) - 2 * self.layer(b)
        return result


def test_several_inputs_are_accounted_for_each() -> None:
    layer = nn.Linear(4, 3)
    trace = explain(TakesTwo(layer), (torch.rand(1, 4), torch.rand(1, 4)))
    why = trace.why()
    assert len(why.inputs) == 2
    expect_account(why)


def test_a_trace_of_a_file_has_the_same_account(tmp_path: Path) -> None:
    trace = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])
    trace.save(tmp_path / "conv.trace")
    loaded = Trace.load(tmp_path / "conv.trace").why("7", instead_of="9")
    why = trace.why("7", instead_of="9")
    assert loaded.value == why.value
    torch.testing.assert_close(loaded.pixels, why.pixels)


def test_a_label_changes_nothing_of_it() -> None:
    architecture = ARCHITECTURES["plain"]
    network, image = architecture.network(), architecture.image()[None]
    torch.testing.assert_close(explain(network, image, label=0).why(1).pixels, explain(network, image).why(1).pixels)


def test_dropout_that_draws_is_run_again_as_it_drew(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Linear(30, 400), nn.Dropout(0.5), nn.ReLU(), nn.Linear(400, 3)).train()
    trace = explain(network, torch.rand(1, 30))
    trace.save(tmp_path / "drew.trace")
    for each in (trace, Trace.load(tmp_path / "drew.trace")):
        why = each.why()
        assert {share.sort for share in why.shares} <= {"bias", "rounding"}
        expect_account(why)


def test_half_precision_adds_up() -> None:
    network = nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 3)).to(torch.bfloat16)
    expect_account(explain(network, torch.rand(1, 30).to(torch.bfloat16)).why())


def test_what_is_asked_wrongly_is_refused_in_a_sentence() -> None:
    trace = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])
    with pytest.raises(InputError, match="'ten' is no class of this network"):
        trace.why("ten")
    with pytest.raises(InputError, match="a number from 0 to 9"):
        trace.why(10)
    with pytest.raises(InputError, match="7 instead of 7 is no question"):
        trace.why("7", instead_of=7)
    with pytest.raises(InputError, match="does not hang on output"):
        explain(nn.Sequential(nn.Linear(3, 2), nn.Softmax(1)), torch.rand(1, 3)).why().of("output")
    layer = nn.Linear(4, 3)
    with pytest.raises(InputError, match="no list of classes"):
        explain(nn.Conv2d(1, 1, 3), torch.rand(1, 1, 8, 8)).why()
    with pytest.raises(InputError, match="holds NaN"):
        explain(Does(lambda x: layer(x) / 0 * 0), torch.rand(1, 4)).why()
    with pytest.raises(InputError, match="2 pictures"):
        explain(layer, torch.rand(2, 4), label=[0, 1]).why()
    old = explain(layer, torch.rand(1, 4))
    with torch.no_grad():
        layer.weight.mul_(2)
    with pytest.raises(InputError, match="has been changed since"):
        old.why()


def test_nothing_of_the_trace_or_the_network_is_changed() -> None:
    network = ARCHITECTURES["residual"].network()
    trace = explain(network, ARCHITECTURES["residual"].image()[None])
    before = [step.output.clone() for step in trace.steps]
    state = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    trace.why().occlusion(20, 20)
    assert all(torch.equal(step.output, kept) for step, kept in zip(trace.steps, before, strict=True))
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert trace.validate()


def test_the_answer_is_the_class_where_none_is_named() -> None:
    trace = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])
    why = trace.why()
    assert (why.class_, why.instead_of, trace.asked_why) == ("7", None, [("7", None)])
    assert np.allclose(float(trace["output"].maps.reshape(-1)[7]), why.value)
