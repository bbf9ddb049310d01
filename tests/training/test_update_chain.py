"""The chain from gradient to new weight: its figures come out, it adds up, and its words are about this weight."""

import dataclasses
import json
import math
import re
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.optim import SGD, Adam, AdamW

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.networks import build
from fivebyfive.text import to_json
from fivebyfive.training.update import Expected, Update, expected, from_values
from fivebyfive.training.updates.values import Kept
from optimizers import VARIANTS, make, steps

PYTHON = {"−": "-", "·": "*", "^": "**", "²": "**2", "√": "sqrt"}
FLOAT32 = 2.0**-23


def in_python(figures: str) -> str:
    """Figures as Python has them; nothing else is let through."""
    text = "".join(PYTHON.get(character, character) for character in figures)
    assert re.fullmatch(r"[-+*/().,\d\se]*", re.sub("sqrt|max", "", text)), text
    return text


def value(text: str) -> float:
    """What figures come to."""
    return float(eval(in_python(text), {"sqrt": math.sqrt, "max": max}))


def sides(figures: str) -> tuple[str, str]:
    """The formula and its result; the same twice for what is given."""
    left, _, right = figures.rpartition(" = ")
    return left or right, right


def largest_term(figures: str) -> float:
    """The largest number that is added up: each is rounded to six digits."""
    left, _ = sides(figures)
    return max(abs(value(part)) for part in ([left] if "/(" in left else left.split(" + ")))


@pytest.fixture(scope="module", params=[*VARIANTS, "muon"])
def told(request: pytest.FixtureRequest, digits: Dataset) -> list[Update]:
    """Steps of some weights of a training."""
    torch.manual_seed(5)
    network = build("quick")
    optimizer = make(request.param, network)
    places = torch.Generator().manual_seed(6)
    found = []
    for _ in steps(network, optimizer, digits.train, 6):
        for parameter in network.parameters():
            foreseen = expected(optimizer, parameter)
            for _ in range(4):
                found.append(foreseen.at(*(int(torch.randint(size, (), generator=places)) for size in parameter.shape)))
    return found


def test_every_quantity_is_what_its_figures_come_to(told: list[Update]) -> None:
    for update in told:
        for quantity in update.quantities:
            left, right = map(value, sides(quantity.figures))
            assert left == pytest.approx(right, rel=0, abs=2e-5 * largest_term(quantity.figures)), quantity
            assert quantity.value == pytest.approx(right, rel=5.1e-6, abs=0), quantity


def test_the_new_weight_is_the_old_one_and_its_changes(told: list[Update]) -> None:
    for update in told:
        changes = [update[symbol].value for symbol in "δΔ" if symbol in update]
        rounded = 4 * FLOAT32 * max(abs(update.before), abs(update.after), *map(abs, changes))
        assert update.after == pytest.approx(update.before + sum(changes), rel=0, abs=rounded), update
        assert update.quantities[-1].value == update.after


def test_symbols_are_defined_before_they_are_used(told: list[Update]) -> None:
    known = {"η", "λ", "μ", "τ", "ε", "β", "t", "w", "m", "v", "a", "f"}
    for update in told:
        seen = set(known)
        for quantity in update.quantities[1:]:
            used = set(
                re.findall(r"[dgnoraδΔ]|[mva]′|m̂|v̂", re.sub("orthogonal.*|max|rows/columns", "", quantity.symbols))
            )
            assert used - {quantity.symbol} <= seen | {"g"}, quantity.symbols
            seen.add(quantity.symbol)


def test_it_is_shown_as_text_html_and_json(told: list[Update]) -> None:
    update = told[-1]
    text, html = str(update), update._repr_html_()
    for quantity in update.quantities:
        assert quantity.figures in text
        assert quantity.symbols.replace("&", "&amp;") in html
    assert all(sentence in text for sentence in update.words)
    assert html.count("<tr>") == len(update.quantities)
    document = json.loads(to_json(update.as_json()))
    assert document["after"] == update.after
    assert [q["value"] for q in document["quantities"]] == [q.value for q in update.quantities]


def _again(foreseen: Expected, place: tuple[int, ...], new: Kept | None) -> Update:
    """The same step from plain numbers, as a film keeps them."""
    group: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(foreseen.settings)))
    kept = {name: tensor[place].item() for name, tensor in foreseen.old.items()}
    return from_values(
        foreseen.kind,
        group,
        step=foreseen.step,
        gradient=foreseen.gradient[place].item(),
        before=foreseen.before[place].item(),
        turned=0.0 if foreseen.turned is None else foreseen.turned[place].item(),
        new=new,
        **kept,
    )


@pytest.mark.parametrize("name", [*VARIANTS, "muon"])
def test_plain_numbers_tell_the_same(name: str, digits: Dataset) -> None:
    torch.manual_seed(7)
    network = build("quick")
    optimizer = make(name, network)
    for _ in steps(network, optimizer, digits.train, 4):
        for parameter in network.parameters():
            foreseen, place = expected(optimizer, parameter), tuple(size // 2 for size in parameter.shape)
            told = foreseen.at(*place)
            new = Kept(told.after, **{key: tensor[place].item() for key, tensor in foreseen.new.items()})
            assert _again(foreseen, place, new) == told
            _assert_near(_again(foreseen, place, None), told)


def _assert_near(doubled: Update, told: Update) -> None:
    """Worked out in doubles it differs by what float32 rounds."""
    assert [q.symbols for q in doubled.quantities] == [q.symbols for q in told.quantities]
    for mine, exact in zip(doubled.quantities, told.quantities, strict=True):
        if exact.symbol in ("d", "m′", "v′", "a′", "n"):
            rounded = 4 * FLOAT32 * largest_term(exact.figures)
            assert mine.value == pytest.approx(exact.value, rel=0, abs=rounded), exact
    rounded = 4 * FLOAT32 * abs(told.before) + 1e-5 * (abs(told["Δ"].value) + told.rate)
    assert doubled.after == pytest.approx(told.after, rel=0, abs=rounded)


def _after(gradients: list[float], **arguments: Any) -> Update:
    """AdamW's next step of one weight, after these gradients."""
    weight = nn.Parameter(torch.tensor(1.0))
    optimizer = AdamW([weight], lr=0.01, weight_decay=0.0, **arguments)
    for gradient in gradients[:-1]:
        weight.grad = torch.tensor(gradient)
        optimizer.step()
    weight.grad = torch.tensor(gradients[-1])
    return fivebyfive.update(optimizer, weight)


@given(st.floats(1e-3, 1e3), st.sampled_from([-1, 1]))
def test_adams_first_step_is_the_rate_whatever_the_gradient(size: float, sign: int) -> None:
    told = _after([sign * size])
    assert told["r"].value == pytest.approx(sign, rel=1e-4)
    assert told.after - 1.0 == pytest.approx(-sign * 0.01, rel=1e-4)
    assert "in the first step m̂ is the gradient itself and √v̂ its size" in told.words[0]


def test_gradients_that_agree_make_nearly_the_whole_rate() -> None:
    assert "nearly all of it, since the gradients so far agree" in _after([0.3] * 5).words[0]
    assert "but for this one" in _after([0.3] * 60 + [-0.03], betas=(0.99, 0.999)).words[0]


def test_a_change_of_sign_makes_the_step_shorter_and_is_told() -> None:
    told = _after([0.3] * 5 + [-0.3])
    assert abs(told["r"].value) < 0.9
    assert "the gradient changed its sign, −0.3 after a mean of 0.123" in told.words[0]
    assert told.words[0].endswith("the step still goes the old way.")
    assert _after([0.3, -0.5]).words[0].endswith("the step has turned with it.")


def test_a_tiny_mean_before_is_not_called_the_reason() -> None:
    assert "differ, in sign or in size" in _after([0.0001, -5.0]).words[0]


def test_gradients_that_grow_make_more_than_the_rate() -> None:
    told = _after([0.01] * 50 + [1.0] * 8)
    assert told["r"].value > 1.1
    assert "larger than those that √v̂" in told.words[0]


@pytest.mark.parametrize("count", [1, 4])
def test_epsilon_is_told_where_it_counts(count: int) -> None:
    assert "that ε = 1e−08 holds it back" in _after([1e-9] * count).words[0]


def test_the_correction_is_told_while_it_counts() -> None:
    early, late = _after([0.3] * 3), _after([0.3] * 3000)
    factor = (1 - 0.9**3) / math.sqrt(1 - 0.999**3)
    assert f"would be {factor:.3g} times as long" in early.words[1]
    assert len(late.words) == 1


def test_amsgrad_is_told_where_it_divides_by_more() -> None:
    assert "AMSGrad divides by the largest" in _after([5.0] + [0.1] * 20, amsgrad=True).words[1]


def test_no_gradient_at_all_is_no_step() -> None:
    assert _after([0.0]).words == ("The mean of the gradients is 0: the step is 0.",)


def _momentum(*gradients: float, **arguments: Any) -> Update:
    weight = nn.Parameter(torch.tensor(1.0))
    optimizer = SGD([weight], lr=0.01, **arguments)
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        told = fivebyfive.update(optimizer, weight)
        optimizer.step()
    return told


def test_sgd_says_what_momentum_does() -> None:
    assert _momentum(0.5).words[0].startswith("The step is the gradient times the rate, 0.01")
    assert _momentum(0.0).words == ("The gradient is 0: this weight stays as it is.",)
    assert "it begins as this gradient" in _momentum(0.5, momentum=0.9).words[1]
    assert "is 1.9 times this gradient" in _momentum(0.5, 0.5, momentum=0.9).words[0]
    assert "still carries the step the old way" in _momentum(0.5, 0.5, -0.1, momentum=0.9).words[0]
    assert "has turned with it" in _momentum(0.5, -2.0, momentum=0.9).words[0]
    assert "by itself" in _momentum(0.5, 0.0, momentum=0.9).words[0]


def test_a_first_momentum_is_not_dampened() -> None:
    told = _momentum(0.5, momentum=0.9, dampening=0.4)
    assert (told["m′"].symbols, told["m′"].value) == ("m′ = g", 0.5)
    assert _momentum(0.5, 0.5, momentum=0.9, dampening=0.4)["m′"].symbols == "m′ = μ·m + (1 − τ)·g"


def test_decay_is_in_the_gradient_or_beside_the_step() -> None:
    weight = nn.Parameter(torch.tensor(2.0))
    weight.grad = torch.tensor(0.5)
    coupled = fivebyfive.update(Adam([weight], weight_decay=0.1), weight)
    assert coupled["d"].value == pytest.approx(0.7)
    assert "δ" not in coupled
    decoupled = fivebyfive.update(AdamW([weight], lr=0.01, weight_decay=0.1), weight)
    assert decoupled["δ"].value == pytest.approx(-0.002)
    assert "d" not in decoupled
    with pytest.raises(KeyError):
        decoupled["d"]
    apart = Adam([weight], lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)
    assert fivebyfive.update(apart, weight)["δ"].value == pytest.approx(-0.002)
