"""What is said of an optimizer's next step is what it does, to the last bit of every weight."""

import copy
import inspect
import textwrap
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.networks import build
from fivebyfive.training import schedule
from fivebyfive.training.loop import optimizer_for
from fivebyfive.training.muon import Muon
from fivebyfive.training.recipe import get
from fivebyfive.training.update import Expected, expected
from optimizers import VARIANTS, bits, differing, make, steps


def _foreseen(network: nn.Module, optimizer: Optimizer) -> dict[str, Expected]:
    return {name: expected(optimizer, parameter) for name, parameter in network.named_parameters()}


def _surprises(network: nn.Module, optimizer: Optimizer, foreseen: dict[str, Expected]) -> dict[str, list[str]]:
    found = {name: differing(foreseen[name], p, optimizer.state[p]) for name, p in network.named_parameters()}
    return {name: what for name, what in found.items() if what}


@pytest.mark.parametrize("name", [*VARIANTS, "muon"])
def test_ten_steps_of_a_training_are_foreseen_in_every_bit_of_every_weight(name: str, digits: Dataset) -> None:
    torch.manual_seed(1)
    network = build("quick")
    optimizer = make(name, network)
    foreseen: dict[str, Expected] = {}
    for step in steps(network, optimizer, digits.train, 11):
        if step:
            assert _surprises(network, optimizer, foreseen) == {}, f"step {step}"
        foreseen = _foreseen(network, optimizer)


@pytest.mark.parametrize(
    ("network_name", "recipe_name"), [("conv_net", "classic"), ("quick", "quick"), ("best", "best")]
)
def test_the_recipes_own_optimizers_are_foreseen(network_name: str, recipe_name: str, digits: Dataset) -> None:
    torch.manual_seed(2)
    network, recipe = build(network_name), get(recipe_name)
    optimizer = optimizer_for(network, recipe)
    kinds = set()
    foreseen: dict[str, Expected] = {}
    for step in steps(network, optimizer, digits.train, 4):
        if step:
            assert _surprises(network, optimizer, foreseen) == {}, f"step {step}"
        schedule.set_rates(optimizer, recipe, step + 1)
        foreseen = _foreseen(network, optimizer)
        kinds = {each.kind for each in foreseen.values()}
    assert kinds == ({"adamw", "muon"} if recipe.muon_rate else {"adamw"})


@pytest.mark.parametrize("name", [*VARIANTS, "muon"])
def test_to_ask_changes_nothing(name: str, digits: Dataset) -> None:
    torch.manual_seed(3)
    network = build("perceptron")
    optimizer = make(name, network)
    for _ in steps(network, optimizer, digits.train, 3):
        before = copy.deepcopy((network.state_dict(), optimizer.state_dict(), [p.grad for p in network.parameters()]))
        kept, seed = len(optimizer.state), torch.get_rng_state()
        for parameter in network.parameters():
            fivebyfive.update(optimizer, parameter, *[0] * parameter.dim())
        after = (network.state_dict(), optimizer.state_dict(), [p.grad for p in network.parameters()])
        torch.testing.assert_close(after, before, rtol=0, atol=0)
        assert len(optimizer.state) == kept
        assert torch.equal(torch.get_rng_state(), seed)


def test_what_is_foreseen_stays_as_it_was_after_the_step(digits: Dataset) -> None:
    network = build("perceptron")
    optimizer = AdamW(network.parameters(), fused=True)
    (weight, *_) = network.parameters()
    foreseen = [expected(optimizer, weight) for _ in steps(network, optimizer, digits.train, 2)]
    assert torch.equal(foreseen[0].after, foreseen[1].before)
    assert torch.equal(foreseen[0].new["m"], foreseen[1].old["m"])
    assert not torch.equal(foreseen[0].before, foreseen[0].after)
    assert [each.step for each in foreseen] == [1, 2]


def test_the_example_runs_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    example = inspect.getdoc(fivebyfive.update).partition("::\n\n")[2].partition("\n\nArgs")[0]  # type: ignore[union-attr]
    exec(textwrap.dedent(example), {"torch": torch, "fivebyfive": fivebyfive})
    assert capsys.readouterr().out.startswith("AdamW, step 1, rate 0.001: ")


def test_each_group_has_a_rate_of_its_own() -> None:
    slow, fast = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    groups: list[dict[str, Any]] = [{"params": [slow]}, {"params": [fast], "lr": 0.5}]
    optimizer = SGD(groups, lr=0.25)
    (slow.sum() + fast.sum()).backward()  # type: ignore[no-untyped-call]
    assert fivebyfive.update(optimizer, slow, 0).after == 0.75
    assert fivebyfive.update(optimizer, fast, 0).after == 0.5


def test_a_rate_that_a_schedule_has_changed_is_the_one_that_counts() -> None:
    weight = nn.Parameter(torch.ones(3))
    optimizer = SGD([weight], lr=0.5)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    for rate in (0.5, 0.25):
        weight.grad = torch.ones(3)
        assert fivebyfive.update(optimizer, weight, 0).rate == rate
        foreseen = expected(optimizer, weight)
        optimizer.step()
        schedule.step()
        assert differing(foreseen, weight, optimizer.state[weight]) == []


SHARE = st.floats(0.0, 0.9999)
RATE = st.floats(1e-6, 1.0)
DECAY = st.sampled_from([0.0]) | st.floats(1e-6, 0.5)
SIZE = st.integers(1, 70) | st.sampled_from([127, 1000, 4099, 33_001])
KERNEL = st.sampled_from([{}, {"foreach": True}, {"fused": True}])


@st.composite
def optimizers(draw: st.DrawFn) -> tuple[type[Optimizer], dict[str, Any]]:
    """A class and its arguments."""
    common = {"lr": draw(RATE), "weight_decay": draw(DECAY), "maximize": draw(st.booleans()), **draw(KERNEL)}
    if draw(st.booleans()):
        momentum = draw(st.sampled_from([0.0]) | SHARE)
        nesterov = momentum > 0 and draw(st.booleans())
        return SGD, {**common, "momentum": momentum, "nesterov": nesterov, "dampening": 0 if nesterov else draw(SHARE)}
    adam = {"betas": (draw(SHARE), draw(SHARE)), "eps": draw(st.floats(1e-12, 1e-2)), "amsgrad": draw(st.booleans())}
    return draw(st.sampled_from([Adam, AdamW])), {**common, **adam}


@settings(max_examples=150)
@given(optimizers(), SIZE, st.integers(0, 2**32), st.sampled_from([torch.float32, torch.float64]))
def test_any_settings_are_foreseen_bit_for_bit(
    drawn: tuple[type[Any], dict[str, Any]], size: int, seed: int, dtype: torch.dtype
) -> None:
    generator = torch.Generator().manual_seed(seed)

    def numbers() -> torch.Tensor:
        spread = 10 ** torch.randint(-6, 3, (size,), generator=generator).to(dtype)
        return torch.randn(size, dtype=dtype, generator=generator) * spread

    kind, arguments = drawn
    weight = nn.Parameter(numbers())
    optimizer = kind([weight], **arguments)
    for _ in range(3):
        weight.grad = numbers()
        foreseen = expected(optimizer, weight)
        optimizer.step()
        assert differing(foreseen, weight, optimizer.state[weight]) == []


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), RATE, SHARE, DECAY, st.integers(0, 2**32))
def test_muon_of_any_shape_is_foreseen_bit_for_bit(
    outputs: int, inputs: int, rate: float, momentum: float, decay: float, seed: int
) -> None:
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Conv2d(inputs, outputs, 3), nn.Conv2d(outputs, inputs, 3), nn.Conv2d(inputs, 1, 1))
    optimizer = Muon(network, rate, momentum, lr=1e-3, weight_decay=decay, fused=True)
    for _ in range(2):
        optimizer.zero_grad()
        network(torch.randn(2, inputs, 6, 6)).square().sum().backward()
        foreseen = _foreseen(network, optimizer)
        optimizer.step()
        assert _surprises(network, optimizer, foreseen) == {}


@pytest.mark.parametrize("name", VARIANTS)
def test_weights_that_lie_otherwise_in_memory_are_foreseen_too(name: str) -> None:
    torch.manual_seed(4)
    network = nn.Conv2d(3, 5, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = make(name, network)
    for _ in range(2):
        optimizer.zero_grad()
        network(torch.randn(2, 3, 8, 8)).square().sum().backward()
        foreseen = _foreseen(network, optimizer)
        optimizer.step()
        assert _surprises(network, optimizer, foreseen) == {}


def test_bits_tell_zeros_apart() -> None:
    assert not torch.equal(bits(torch.tensor([0.0])), bits(torch.tensor([-0.0])))


@pytest.mark.parametrize("lost", [float("nan"), float("inf")])
def test_a_gradient_that_is_no_number_is_followed_to_the_end(lost: float) -> None:
    weight = nn.Parameter(torch.ones(2))
    for optimizer in (AdamW([weight]), SGD([weight], momentum=0.9)):
        weight.grad = torch.tensor([1.0, lost])
        told = fivebyfive.update(optimizer, weight, 1)
        assert told.words == ("The gradient is no number: this weight is lost.",)
        assert "no number" not in str(fivebyfive.update(optimizer, weight, 0))
