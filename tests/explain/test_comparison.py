"""Two traces beside each other: every difference worked out again, the first step that differs, the right partners."""

import copy
import json
from itertools import combinations, pairwise
from math import inf, isnan, nan
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import fivebyfive
from architectures import ARCHITECTURES
from fivebyfive import model
from fivebyfive.datasets import Dataset
from fivebyfive.explain import Comparison, Trace, compare, explain
from fivebyfive.explain.comparison import apart
from fivebyfive.explain.pairing import longest_common
from fivebyfive.training.recipe import get
from support import Does


def of(name: str, seed: int = 1) -> Trace:
    return explain(ARCHITECTURES[name].network(), ARCHITECTURES[name].image(seed))


def marked(found: Comparison) -> str | None:
    return None if found.parting is None else found.parting.first.name


@pytest.mark.parametrize("name", ["residual", "u-shaped", "inception"])
def test_two_pictures_every_difference_is_that_of_the_values(name: str) -> None:
    first, second = of(name), of(name, seed=2)
    found = compare(first, second)
    assert [pair.first for pair in found.pairs] == first.steps
    assert [pair.second for pair in found.pairs] == second.steps
    for pair in found.pairs:
        assert pair.apart is not None
        a, b = (step.output.double().numpy() for step in (pair.first, pair.second))
        assert pair.apart.size == pytest.approx(np.sqrt((a**2).mean()))
        assert pair.apart.difference == pytest.approx(np.linalg.norm(a - b) / np.sqrt(a.size))
        assert pair.apart.relative == pytest.approx(np.linalg.norm(a - b) / np.linalg.norm(a))
        assert abs(pair.apart.largest) == np.abs(a - b).max()
        place = pair.apart.place
        assert pair.apart.largest == pytest.approx(pair.first.value(*place) - pair.second.value(*place), abs=1e-6)
    assert marked(found) == "input"
    assert "What goes in differs already" in found.words()[0]


def test_where_it_grows_and_falls_is_beside_what_came_in() -> None:
    found = compare(of("residual"), of("residual", seed=2))
    relative = {pair.first.index: pair.apart.relative for pair in found.pairs if pair.apart is not None}
    factors = {
        pair.first.name: relative[pair.first.index] / max(relative[i] for i in pair.first.inputs)
        for pair in found.pairs
        if pair.first.inputs
    }
    assert found.grows is not None
    assert found.falls is not None
    assert found.grows.first.name == max(factors, key=lambda name: factors[name])
    assert found.falls.first.name == min(factors, key=lambda name: factors[name])


@pytest.mark.parametrize("changed", ["conv1", "layer2.0.conv2", "fc"])
def test_the_ways_part_where_a_weight_is_another_one(changed: str) -> None:
    network, image = ARCHITECTURES["residual"].network(), ARCHITECTURES["residual"].image()
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.get_parameter(f"{changed}.weight").mul_(1.1)
    found = compare(explain(network, image), explain(other, image))
    assert marked(found) == changed
    assert found.parting is not None
    assert found.parting.came == 0
    before = [pair for pair in found.pairs if pair.first.index < found.parting.first.index]
    assert all(pair.apart is not None and pair.apart.difference == 0 for pair in before)
    assert f"The ways part at {changed}: what comes in is the same" in found.words()[0]


def test_a_way_beside_itself() -> None:
    trace = of("residual")
    found = compare(trace, trace)
    assert (found.parting, found.grows, found.falls, found.farthest) == (None, None, None, None)
    assert found.words()[0] == "All values are the same."


def test_two_runs_from_different_seeds(digits: Dataset, tmp_path: Path) -> None:
    few = Dataset("mnist", digits.train[:300], digits.validation[:20], digits.test[:20], digits.classes, digits.sha256)
    recipe = get("classic", samples=100, batch_size=10)
    runs = [
        fivebyfive.train("perceptron", few, recipe, seed=seed, out=tmp_path / str(seed), film=0).folder
        for seed in (1, 2)
    ]
    found = compare(*(explain(model.load(run), digits.test.pixels[0]) for run in runs))
    assert found.parting is not None
    assert found.parting.first.kind == "fully connected"
    assert found.parting.came == 0
    assert found.words()[-1].startswith(("Both answer", "A answers"))


def test_networks_that_differ_are_paired_by_name_and_operation() -> None:
    torch.manual_seed(0)
    short = nn.Sequential()
    short.add_module("conv", nn.Conv2d(1, 3, 3))
    short.add_module("act", nn.ReLU())
    short.add_module("flat", nn.Flatten())
    short.add_module("fc", nn.Linear(108, 4))
    long = nn.Sequential()
    long.add_module("conv", short.get_submodule("conv"))
    long.add_module("norm", nn.BatchNorm2d(3, eps=3.0))
    long.add_module("act", nn.ReLU())
    long.add_module("pool", nn.MaxPool2d(2))
    long.add_module("flat", nn.Flatten())
    long.add_module("fc", nn.Linear(27, 4))
    image = torch.rand(1, 8, 8)
    found = compare(explain(short.eval(), image), explain(long.eval(), image))
    assert [pair.first.name for pair in found.pairs] == [step.name for step in found.first.steps]
    assert [step.name for step in found.only_second] == ["norm", "pool"]
    assert found.only_first == []
    by_name = {pair.first.name: pair for pair in found.pairs}
    assert by_name["act"].came is None  # what goes into it is another step
    assert by_name["flat"].apart is None
    assert by_name["flat"].differs
    assert found.words()[:2] == ["6 steps of A's 6 and B's 8 are in both.", "Only in B: norm, pool."]
    assert marked(found) == "act"
    assert "The first step in both whose values differ is act" in found.words()[2]


def test_pictures_of_two_sizes_have_nothing_to_subtract() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1)).eval()
    found = compare(explain(network, torch.rand(1, 8, 8)), explain(network, torch.rand(1, 9, 8)))
    assert [pair.apart is None for pair in found.pairs] == [True, True, False, False]
    assert found.words()[0] == "The ways part at input: in A it is 8×8×1, in B 9×8×1."


def test_the_same_picture_in_another_shape_is_the_same() -> None:
    pixels = np.zeros((28, 28, 1), np.uint8)
    pixels[6:22, 13:15] = 255
    found = compare(*(explain(model.load(name), pixels) for name in ("conv_net", "quick")))
    assert found.pairs[0].apart is None
    assert marked(found) == "output"


def test_what_is_no_number_is_said(tmp_path: Path) -> None:
    image = torch.ones(1, 2, 2)
    whole, broken = (
        explain(Does(times), image) for times in (lambda x: torch.relu(x * 1.0), lambda x: torch.relu(x * nan))
    )
    found = compare(whole, broken)
    assert "by values that are no numbers" in found.words()[0]
    nothing = compare(explain(Does(lambda x: torch.relu(x * 0.0)), image), whole)
    assert "all that B holds, for in A every value is 0" in nothing.words()[0]
    for each in (found, nothing):
        json.dumps(each.description(), allow_nan=False)
        each.to_html(tmp_path / "page.html")


def test_the_description_is_plain_and_whole() -> None:
    found = compare(of("residual"), of("residual", seed=2), names=("a.png", "b.png"))
    said = json.loads(json.dumps(found.description(), allow_nan=False))
    assert (said["first"]["name"], said["second"]["name"]) == ("a.png", "b.png")
    assert [pair["name"] for pair in said["pairs"]] == [step.name for step in found.first.steps]
    first = found.pairs[1].apart
    assert first is not None
    assert said["pairs"][1]["relative"] == first.relative
    assert tuple(said["pairs"][1]["place"][axis] for axis in ("y", "x", "channel")) == first.place
    assert said["words"] == found.words()
    assert said["parting"] == "input"


def test_the_same_infinity_in_both_is_no_difference() -> None:
    a, b = torch.tensor([[[1.0, inf, nan, 2.0]]]), torch.tensor([[[1.0, inf, nan, 5.0]]])
    found = apart(a, b)
    assert found is not None
    assert (found.difference, found.largest, found.place) == (1.5, -3.0, (0, 3, 0))
    other = apart(a, torch.tensor([[[1.0, -inf, nan, 2.0]]]))
    assert other is not None
    assert other.largest == inf
    alone = apart(torch.zeros(1, 1, 2), torch.tensor([[[0.0, nan]]]))
    assert alone is not None
    assert isnan(alone.relative)
    assert apart(torch.zeros(1, 0, 2), torch.zeros(1, 0, 2)) is None


maps = st.lists(st.floats(-100, 100, width=32), min_size=12, max_size=12).map(
    lambda v: torch.tensor(v).reshape(3, 2, 2)
)


@given(maps, st.floats(-3, 3, width=32), st.floats(0.5, 4, width=32))
def test_the_relative_difference_is_a_size_without_unit(a: torch.Tensor, k: float, unit: float) -> None:
    a = a.double()
    found, scaled = apart(a, a * (1 + k)), apart(a * unit, a * (1 + k) * unit)
    assert found is not None
    assert scaled is not None
    if float(a.abs().max()) > 1e-3:
        assert found.relative == pytest.approx(abs(k), rel=1e-6, abs=1e-9)
        assert scaled.relative == pytest.approx(found.relative, rel=1e-6, abs=1e-9)


words = st.lists(st.sampled_from("abc"), max_size=7)


@given(words, words)
def test_as_many_as_possible_are_paired(first: list[str], second: list[str]) -> None:
    found = longest_common(first, second)
    assert [first[i] for i, _ in found] == [second[j] for _, j in found]
    for one, other in pairwise(found):
        assert one[0] < other[0]
        assert one[1] < other[1]
    inside = {"".join(some) for n in range(len(second) + 1) for some in combinations(second, n)}
    longest = max(
        len(some) for n in range(len(first) + 1) for some in combinations(first, n) if "".join(some) in inside
    )
    assert len(found) == longest
