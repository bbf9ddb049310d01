"""A label, or a loss, asks for the way back: what it gives, that it costs nobody else, and what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import fivebyfive
from backs import expect_back
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.model import load
from support import Does

IMAGE = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(3))
CLASSES = ("ape", "bee", "cat")


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.unused = nn.Conv2d(1, 2, 5), nn.Linear(3, 3)
        self.out = nn.Linear(2 * 24 * 24, 3)

    def forward(self, x: Tensor) -> Any:
        return self.out(self.conv(x).relu().flatten(1))


@pytest.fixture
def net() -> Net:
    torch.manual_seed(0)
    return Net()


def test_the_loss_and_every_gradient_are_autograds(net: Net) -> None:
    trace = explain(net, IMAGE, label="cat", classes=CLASSES)
    loss = F.cross_entropy(net(IMAGE[None]), torch.tensor([2]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert trace.loss == pytest.approx(float(loss))
    for name, parameter in net.named_parameters():
        found = trace.parameters[name].gradient
        assert (found is None) == (parameter.grad is None)
        if found is not None and parameter.grad is not None:
            assert torch.equal(found, parameter.grad)


def test_softmax_minus_label_appears_by_itself(net: Net) -> None:
    trace = explain(net, IMAGE, label=2)
    shares = trace["output"].output.softmax(1)
    assert trace["output"].gradient is not None
    torch.testing.assert_close(trace["output"].gradient, shares - torch.eye(3)[2])
    (term,) = trace["output"].back(channel=2).terms
    assert (term.name, term.value) == ("loss", 1.0)
    assert term.weight == pytest.approx(float(shares[0, 2]) - 1)


def test_a_loss_of_ones_own_is_followed_step_by_step(net: Net) -> None:
    trace = explain(net, IMAGE, loss=lambda logits: (logits[0, 1] - 2.0) ** 2)
    assert [step.op for step in trace.way_back.steps] == ["index", "sub", "pow"]  # type: ignore[union-attr]
    assert trace["output"].back(channel=1).total == pytest.approx(2 * (trace["output"].value(0, 0, 1) - 2.0))
    assert expect_back(trace) > 10


def test_networks_that_end_in_probabilities_have_the_same_loss(net: Net) -> None:
    plain = explain(net, IMAGE, label=1)
    for ending in (nn.Softmax(1), nn.LogSoftmax(1)):
        trace = explain(nn.Sequential(net, ending), IMAGE, label=1)
        assert trace.loss == pytest.approx(plain.loss, rel=1e-5)
        assert expect_back(trace) > 10


def test_without_a_label_nothing_is_traced(net: Net) -> None:
    trace = explain(net, IMAGE)
    assert (trace.loss, trace.way_back) == (None, None)
    assert all(step.gradient is None and step.consumers == () and step.call.random is None for step in trace.steps)
    assert not trace.steps[-1].output.requires_grad
    with pytest.raises(InputError, match="give explain a label"):
        trace["conv"].back()
    with pytest.raises(InputError, match="give explain a label"):
        _ = trace.parameters


def test_the_network_is_left_as_it_was(net: Net) -> None:
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    torch.manual_seed(5)
    with_label = explain(net.train(), IMAGE, label=0)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))
    assert all(p.grad is None and torch.equal(p, before[name]) for name, p in net.named_parameters())
    assert torch.equal(with_label["output"].output, explain(net, IMAGE)["output"].output)


def test_the_pictures_own_gradient_is_there(net: Net) -> None:
    trace = explain(net, IMAGE, label=0)
    x = IMAGE[None].clone().requires_grad_()
    F.cross_entropy(net(x), torch.tensor([0])).backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert trace["input"].gradient is not None
    torch.testing.assert_close(trace["input"].gradient, x.grad)


def test_a_picture_a_model_and_a_class_by_its_name() -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 13:16] = 255
    trace = fivebyfive.explain(load("quick"), pixels, label="7")
    assert trace.loss is not None
    assert trace.loss > 1
    assert expect_back(trace) > 30


def test_pictures_and_labels_in_a_list() -> None:
    pictures = [np.full((28, 28), 200, np.uint8), np.zeros((28, 28), np.uint8)]
    pictures[1][4:24, 13:16] = 255
    trace = fivebyfive.explain(load("quick"), pictures, label=[1, "1"], raw=True)
    assert trace.steps[0].output_shape[0] == 2
    assert "2 pictures go through together; what is shown is the first of them." in trace.notes


def test_a_frozen_and_an_unused_parameter_say_so(net: Net) -> None:
    net.conv.weight.requires_grad_(False)
    trace = explain(net, IMAGE, label=0)
    assert trace.parameters["conv.weight"].gradient is None
    with pytest.raises(InputError, match="frozen"):
        trace.parameters["conv.weight"].back(0, 0, 0, 0)
    with pytest.raises(InputError, match="not used"):
        trace.parameters["unused.bias"].back(0)


def test_what_the_code_cuts_off_has_no_gradient() -> None:
    trace = explain(Does(lambda x: (x * 2).detach().flatten(1)[:, :3] + x.flatten(1)[:, :3]), IMAGE, label=0)
    assert trace["mul"].gradient is None
    with pytest.raises(InputError, match="detach"):
        trace["mul"].back()


def _frozen_in_time(x: Tensor) -> Tensor:
    with torch.no_grad():
        return x.flatten(1)[:, :3] * 2


def _spoiled(x: Tensor) -> Tensor:
    y = x.flatten(1)[:, :3].exp()
    z = y * y
    y.add_(1)
    return z


@pytest.mark.parametrize(
    ("network", "asked", "said"),
    [
        (Does(lambda x: x.flatten(1)[:, :3]), {"label": 3}, "label 3 is no class of this network; give one of 0, 1, 2"),
        (Does(lambda x: x.flatten(1)[:, :3]), {"label": -1}, "label -1 is no class"),
        (Does(lambda x: x.flatten(1)[:, :3]), {"label": "three"}, "label 'three' is no class"),
        (Does(lambda x: x.flatten(1)[:, :3]), {"label": 1.5}, "label 1.5 is no class"),
        (Does(lambda x: x.flatten(1)[:, :3]), {"label": 1, "loss": torch.sum}, "a label and a loss are given"),
        (Does(lambda x: x), {"label": 1}, "no list of classes"),
        (Does(lambda x: x.flatten(1)[:, :3]), {"loss": lambda y: y}, "the loss is a tensor [1, 3]"),
        (Does(lambda x: x.flatten(1)[:, :3]), {"loss": lambda y: 3.0}, "the loss is a float"),
        (Does(_frozen_in_time), {"label": 1}, "the loss hangs on nothing that has a gradient"),
        (Does(lambda x: x.flatten(1)[:, :3]), {"label": [1, 2]}, "1 images and 2 labels"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(network: nn.Module, asked: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        explain(network, IMAGE[None] if isinstance(asked.get("label"), list) else IMAGE, **asked)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_network_that_cannot_be_trained_says_why() -> None:
    with pytest.raises(Failure, match="cannot be trained as it is"):
        explain(Does(_spoiled), IMAGE, label=1)
    with pytest.raises(Failure, match="the loss raised ZeroDivisionError"):
        explain(Does(lambda x: x), IMAGE, loss=lambda y: y.sum() * (1 / 0))


@pytest.mark.parametrize(("name", "said"), [("conv.wieght", "conv.weight"), ("zzz", "conv.weight")])
def test_a_wrong_name_is_answered_with_the_nearest(net: Net, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        explain(net, IMAGE, label=0).parameters[name]


@pytest.mark.parametrize("index", [(), (0,), (0, 0, 0, 5), (0, 0, -1, 0)])
def test_a_wrong_place_is_answered_with_the_shape(net: Net, index: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"conv.weight has shape \[2, 1, 5, 5\]"):
        explain(net, IMAGE, label=0).parameters["conv.weight"].back(*index)


def test_a_weight_that_is_trained_on_no_longer_explains_the_trace(net: Net) -> None:
    trace = explain(net, IMAGE, label=0)
    with torch.no_grad():
        net.out.weight.mul_(2)
    with pytest.raises(InputError, match="changed since this trace was made"):
        trace["flatten"].back()


def test_a_trace_in_a_file_has_its_way_back(net: Net, tmp_path: Path) -> None:
    trace = explain(net.train(), IMAGE, label=0)
    trace.save(tmp_path / "net.trace")
    again = Trace.load(tmp_path / "net.trace")
    assert again.loss == trace.loss
    assert again["conv"].back(4, 7, 1) == trace["conv"].back(4, 7, 1)
    assert again.parameters["conv.weight"].back(1, 0, 2, 2) == trace.parameters["conv.weight"].back(1, 0, 2, 2)
    assert torch.equal(again["relu"].gradient, trace["relu"].gradient)  # type: ignore[arg-type]
