"""What cannot be worked out is refused in one line that says what, where, and what to do."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

import fivebyfive
from fivebyfive.errors import InputError
from fivebyfive.training.update import expected, from_values
from fivebyfive.training.updates import values


class Own(SGD):
    """A user's own: its step may be anything."""


def _weight(*shape: int) -> nn.Parameter:
    weight = nn.Parameter(torch.ones(shape))
    weight.grad = torch.full(shape, 0.5)
    return weight


def _refused(message: str, call: Callable[[], Any]) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [torch.optim.RMSprop, torch.optim.NAdam, torch.optim.Adagrad, Own])
def test_an_optimizer_that_is_not_known_is_named_with_those_that_are(make: Any) -> None:
    weight = _weight(2, 3)
    optimizer = make([weight], lr=0.1)
    name = f"{make.__module__}.{make.__qualname__} is an optimizer whose step is not known here"
    _refused(
        f"{name}; known are SGD, Adam and AdamW of torch.optim, and fivebyfive's Muon",
        lambda: expected(optimizer, weight),
    )


def test_pytorchs_own_muon_is_not_this_one() -> None:
    weight = _weight(2, 3)
    optimizer = torch.optim.Muon([weight])
    _refused("torch.optim.Muon is an optimizer whose step is not known", lambda: expected(optimizer, weight))


def test_something_else_than_an_optimizer() -> None:
    not_one: Any = "adam"
    _refused("builtins.str is no optimizer; known are SGD", lambda: expected(not_one, _weight(2)))


def test_something_else_than_a_parameter() -> None:
    not_one: Any = [1.0]
    _refused("a parameter was expected", lambda: expected(SGD([_weight(2)], lr=0.1), not_one))


def test_a_parameter_of_another_network() -> None:
    _refused(
        "the parameter of shape [4] is in none of the optimizer's groups",
        lambda: expected(SGD([_weight(2)], lr=0.1), _weight(4)),
    )


def test_a_frozen_parameter() -> None:
    frozen = nn.Parameter(torch.ones(2), requires_grad=False)
    _refused("shape [2] is frozen (requires_grad is False)", lambda: expected(SGD([frozen], lr=0.1), frozen))


def test_before_backward_and_after_the_gradient_is_dropped() -> None:
    weight = nn.Parameter(torch.ones(2))
    _refused(
        "has no .grad; ask after loss.backward() and before optimizer.step()",
        lambda: expected(SGD([weight], lr=0.1), weight),
    )


def test_a_sparse_gradient() -> None:
    table = nn.Embedding(4, 2, sparse=True)
    table(torch.tensor([1])).sum().backward()
    _refused("shape [4, 2] is sparse", lambda: expected(SGD(table.parameters(), lr=0.1), table.weight))


def test_a_complex_parameter() -> None:
    weight = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    weight.grad = torch.ones(2, dtype=torch.complex64)
    _refused("is torch.complex64; only real numbers", lambda: expected(Adam([weight]), weight))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(Adam, lr=torch.tensor(0.1)), "lr of Adam is a tensor; give the optimizer a number, lr=0.1"),
        (partial(SGD, lr=torch.tensor(0.1)), "lr of SGD is a tensor"),
        (partial(Adam, betas=(torch.tensor(0.9), torch.tensor(0.99)), lr=torch.tensor(0.1)), "is a tensor"),
        (partial(AdamW, capturable=True), "AdamW is capturable: its step is not worked out here"),
        (partial(Adam, differentiable=True), "Adam is differentiable: its step is not worked out here"),
    ],
)
def test_settings_that_are_no_plain_numbers(make: Callable[[list[Tensor]], Any], message: str) -> None:
    weight = _weight(2)
    _refused(message, lambda: expected(make([weight]), weight))


def test_a_state_of_other_settings() -> None:
    weight = _weight(2)
    plain, amsgrad = Adam([weight]), Adam([weight], amsgrad=True)
    plain.step()
    amsgrad.load_state_dict(plain.state_dict())
    amsgrad.param_groups[0]["amsgrad"] = True
    _refused("the optimizer's state has no max_exp_avg_sq", lambda: expected(amsgrad, weight))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ((0,), "an index of 1 number names no weight of a parameter of shape [2, 3]; give 2"),
        ((0, 0, 0), "an index of 3 numbers names no weight of a parameter of shape [2, 3]; give 2"),
        ((2, 0), "index 2 is out of range: dimension 0 of the parameter of shape [2, 3] has 2"),
        ((0, -4), "index -4 is out of range: dimension 1 of the parameter of shape [2, 3] has 3"),
        ((0, 1.5), "an index is of whole numbers; this is (0, 1.5)"),
        (("0", "1" * 1000), "an index is of whole numbers"),
        ((slice(None), 0), "an index is of whole numbers"),
    ],
)
def test_an_index_that_names_no_weight(index: tuple[Any, ...], message: str) -> None:
    weight = _weight(2, 3)
    _refused(message, lambda: fivebyfive.update(SGD([weight], lr=0.1), weight, *index))


@given(st.integers(-9, 9), st.integers(-9, 9))
def test_an_index_means_what_it_means_to_a_tensor(i: int, j: int) -> None:
    weight = nn.Parameter(torch.arange(6.0).reshape(2, 3))
    weight.grad = torch.zeros(2, 3)
    optimizer = SGD([weight], lr=0.1)
    try:
        meant = weight[i, j].item()
    except IndexError:
        _refused("is out of range", lambda: fivebyfive.update(optimizer, weight, i, j))
    else:
        assert fivebyfive.update(optimizer, weight, i, j).before == meant


@pytest.mark.parametrize(
    ("kind", "group", "step", "message"),
    [
        ("rmsprop", {"lr": 0.1}, 1, "'rmsprop' is no optimizer that is known here; known are sgd, adam, adamw, muon"),
        ("adam", {}, 1, "the settings of Adam name no learning rate; 'lr' was expected"),
        ("adam", {"lr": 0.1}, None, "step None of Adam: its steps are counted from 1"),
        ("adamw", {"lr": 0.1}, 0, "step 0 of AdamW: its steps are counted from 1"),
        ("adam", {"lr": "fast"}, 1, "lr of Adam is 'fast'; a number was expected"),
        ("adam", {"lr": 0.1, "betas": [0.9]}, 1, "Adam has 1 betas; two were expected"),
        ("sgd", {"lr": 0.1, "momentum": True}, None, "momentum of SGD is True; a number was expected"),
    ],
)
def test_plain_numbers_that_say_too_little(kind: str, group: dict[str, Any], step: int | None, message: str) -> None:
    _refused(message, lambda: from_values(kind, group, step=step, gradient=1.0, before=1.0))


ANY = st.floats(width=32)


@given(st.sampled_from(list(values.NAMES)), st.booleans(), st.booleans(), st.integers(1, 10**6), ANY, ANY, ANY, ANY)
def test_any_plain_numbers_are_told_without_raising(
    kind: str, amsgrad: bool, nesterov: bool, step: int, gradient: float, before: float, m: float, v: float
) -> None:
    group = {"lr": 0.1, "weight_decay": 0.1, "momentum": 0.9, "eps": 0.0, "betas": [0.0, 0.5]}
    told = from_values(
        kind,
        {**group, "amsgrad": amsgrad, "nesterov": nesterov},
        step=step,
        gradient=gradient,
        before=before,
        m=m,
        v=v,
        largest=v,
        turned=m,
    )
    assert told.words
    assert all("None" not in sentence and "\n" not in sentence for sentence in told.words)
    assert str(told).count("\n") == len(told.quantities) + len(told.words)
