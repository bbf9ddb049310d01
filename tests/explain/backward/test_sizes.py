"""The gradient's size, step by step, and what parameters say: vanishing, exploding, and what a weight met."""

import math
import re

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.networks import build


def deep(bend: type[nn.Module], layers: int = 12, spread: float = 1.0) -> Trace:
    """Many layers of 16 in a row, with weights of the size that Glorot's rule gives, times `spread`."""
    torch.manual_seed(0)
    rows: list[nn.Module] = [nn.Flatten()]
    for _ in range(layers):
        rows += [nn.Linear(16, 16), bend()]
    network = nn.Sequential(*rows, nn.Linear(16, 3)).double()
    for row in network:
        if isinstance(row, nn.Linear):
            nn.init.normal_(row.weight, std=spread / 4)
            nn.init.zeros_(row.bias)
    return explain(network, torch.rand(1, 1, 4, 4, dtype=torch.float64), label=1)


@pytest.fixture(scope="module")
def posts() -> Trace:
    torch.manual_seed(0)
    return explain(build("conv_net").eval(), torch.rand(1, 28, 28), label=4)


def test_sizes_are_those_of_the_gradients(posts: Trace) -> None:
    sizes = posts.gradient_sizes()
    assert [one.name for one in sizes.steps] == [step.name for step in posts.steps if step.gradient is not None]
    for one in sizes.steps:
        gradient = posts.steps[one.index].gradient
        assert gradient is not None
        assert one.rms == pytest.approx(float(gradient.double().norm()) / math.sqrt(gradient.numel()))
        assert one.largest == float(gradient.abs().max())
        assert one.zeros == pytest.approx(float((gradient == 0).double().mean()))
    for beside in sizes.parameters:
        parameter = posts.parameters[beside.name]
        assert parameter.gradient is not None
        expected = float(parameter.gradient.double().norm() / parameter.value.detach().double().norm())
        assert beside.ratio == pytest.approx(expected)


def test_sigmoids_make_it_vanish_and_relu_does_not() -> None:
    vanished, kept = deep(nn.Sigmoid).gradient_sizes(), deep(nn.ReLU, spread=math.sqrt(2)).gradient_sizes()
    assert vanished.factor is not None
    assert kept.factor is not None
    assert vanished.factor > 1000
    assert kept.factor < 1000
    said = vanished.words()
    first, last = (deep(nn.Sigmoid)[name].gradient for name in (vanished.layers[0], vanished.layers[-1]))
    assert first is not None
    assert last is not None
    times = float(last.norm()) / math.sqrt(last.numel()) / (float(first.norm()) / math.sqrt(first.numel()))
    assert vanished.factor == pytest.approx(times)
    assert said[0].endswith("times smaller.")
    assert said[1].startswith("It vanishes")
    assert "ReLU in place of sigmoid" in said[2]
    assert kept.words()[1].startswith("That is neither")


def test_large_weights_make_it_explode() -> None:
    sizes = deep(nn.Tanhshrink, spread=12.0).gradient_sizes()
    assert sizes.factor is not None
    assert sizes.factor < 1 / 1000
    assert sizes.words()[1].startswith("It explodes")
    assert "clipping the gradient's length" in sizes.words()[2]


def test_a_blocked_way_and_numbers_that_are_none_are_said() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 3))
    dead = network[1].bias
    assert isinstance(dead, Tensor)
    with torch.no_grad():
        dead.fill_(-100.0)
    sizes = explain(network, torch.rand(1, 1, 4, 4), label=1).gradient_sizes()
    assert sizes.factor == math.inf
    assert sizes.words() == [
        "Nothing of the gradient is left at 1, the first layer that learns: on the way all of it was blocked."
    ]
    broken = explain(
        nn.Sequential(nn.Flatten(), nn.Linear(16, 3)), torch.rand(1, 1, 4, 4), loss=lambda r: (r * math.nan).sum()
    )
    assert "no finite number" in broken.gradient_sizes().words()[0]


def test_without_a_way_back_there_are_no_sizes() -> None:
    with pytest.raises(InputError, match="give explain a label"):
        explain(nn.Flatten(), torch.rand(1, 1, 4, 4)).gradient_sizes()


def test_the_description_holds_the_sizes(posts: Trace) -> None:
    back = posts.description()["way_back"]
    assert back["label"] == "4"
    assert back["loss"] == posts.loss
    assert {one["name"]: one["rms"] for one in back["steps"]}["conv1.conv2d"] == posts.gradient_sizes().steps[2].rms
    assert [one["name"] for one in back["parameters"]] == list(posts.parameters)
    assert "way_back" not in explain(nn.Flatten(), torch.rand(1, 1, 4, 4)).description()


def test_at_a_prompt_and_in_a_notebook(posts: Trace) -> None:
    sizes = posts.gradient_sizes()
    lines = repr(sizes).splitlines()
    assert len(lines) == len(sizes.steps) + len(sizes.words())
    assert re.fullmatch(r" +conv1\.conv2d █+ [\d.e−+]+", lines[2])
    html = sizes._repr_html_()
    assert html.count("<tr>") == len(sizes.steps)
    assert "bars on a logarithmic scale" in html


# --- what a parameter says --------------------------------------------------------------------------------------------


def test_what_a_convolutions_weight_met(posts: Trace) -> None:
    weight = posts.parameters["weights.wc1"]
    said = weight.words(0, 1, 0, 11)
    image = torch.nn.functional.pad(posts["x"].output[0, :, :, 0], (2, 2, 2, 2))
    met = image[0:28, 1:29]
    dark = int((met == 0).sum())
    assert said[0] == (
        f"This weight met 784 pixels, its window once at each place; at {dark} of these places there was 0, or padding."
    )
    gradient = posts["conv1"].gradient
    assert gradient is not None
    products = gradient[0, :, :, 11].double() * met.double()
    total = float(products.sum())
    assert f"pushes it {'down' if total > 0 else 'up'}" in said[1]
    down, up = float(products[products > 0].sum()), float(products[products < 0].sum())
    shown = [float(n.replace("−", "-")) for n in re.findall(r"to (−?[\d.]+(?:e[−+]?\d+)?)", said[2])]
    assert shown == pytest.approx([down, up], rel=1e-3)
    y, x = divmod(int(products.abs().argmax()), 28)
    assert f"at y {y}, x {x}, channel 11" in said[3]


@pytest.mark.parametrize(
    "name", ["weights.wc1", "weights.wc2", "weights.wd1", "weights.out", "biases.bc1", "biases.out"]
)
def test_what_a_whole_parameter_says(posts: Trace, name: str) -> None:
    parameter = posts.parameters[name]
    assert parameter.gradient is not None
    said = " ".join(parameter.words())
    assert f"{parameter.value.numel():,} numbers" in said
    zeros = int((parameter.gradient == 0).sum())
    assert (f"{zeros:,} of them have none" in said) == (zeros > 0)
    assert all(len(one) < 260 and one.endswith(".") for one in parameter.words())
    assert repr(parameter).startswith(f"<Parameter {name}: ")
    assert parameter._repr_html_().startswith(f"<div><p><b>{name}</b></p><p>")


def test_a_parameter_without_a_gradient_says_why() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    network.requires_grad_(False)[1].bias.requires_grad_(True)
    trace = explain(network, torch.rand(1, 1, 4, 4), label=1)
    assert "frozen" in trace.parameters["1.weight"].words()[-1]
    assert "no gradient" in repr(trace.parameters["1.weight"])
    with pytest.raises(InputError, match="frozen"):
        trace.parameters["1.weight"].words(0, 0)


def test_a_single_number_has_words_and_a_picture_in_a_notebook() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0))

        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1)[:, :3] * self.scale

    parameter = explain(Scaled(), torch.rand(1, 1, 4, 4), label=1).parameters["scale"]
    assert "a step of training pushes it" in parameter.words()[0]
    assert "one number" in parameter._repr_html_()
