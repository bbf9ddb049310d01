"""A learning rate is found by a short search that leaves nothing behind."""

import dataclasses
import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.training import rates
from fivebyfive.training.recipe import get
from fivebyfive.training.run import resume, train
from support import StopAt, weights

SHORT = get("quick", samples=1000, batch_size=20)


def test_the_rate_that_was_found_is_the_plans_and_the_search_leaves_nothing_behind(
    tmp_path: Path, few: Dataset
) -> None:
    """Batch normalization, dropout and Muon are among what a search could disturb."""
    found = train("quick", few, SHORT, learning_rate="auto", out=tmp_path / "found", film=0)
    plan = json.loads((tmp_path / "found" / "run.json").read_text())
    rate, muon = plan["recipe"]["learning_rate"], plan["recipe"]["muon_rate"]
    assert 0 < plan["searched"] <= 40
    assert muon / rate == pytest.approx(3.0, rel=0.1)  # as in the recipe
    values = dataclasses.replace(SHORT, learning_rate=rate, muon_rate=muon)
    given = train("quick", few, values, out=tmp_path / "given", film=0)
    states = [run.model.network.state_dict() for run in (found, given)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert found.model.facts["recipe"]["learning_rate"] == rate


def test_gone_on_with_it_searches_no_more(tmp_path: Path, few: Dataset) -> None:
    for name, reporter in (("whole", None), ("cut", StopAt(5))):
        train("quick", few, SHORT, learning_rate="auto", out=tmp_path / name, film=0, reporter=reporter)
    resume(tmp_path / "cut", data=few)
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")


@given(st.integers(5, 85), st.floats(0, 0.02))
def test_a_tenth_of_the_rate_with_the_lowest_loss_is_taken(lowest: int, noise: float) -> None:
    """Of a loss that falls up to there and then runs away, and jumps about a little."""
    losses = [2.0 - n / lowest if n < lowest else 1.0 + (n - lowest) / 10 for n in range(100)]
    losses = [loss + (noise if n % 2 else -noise) for n, loss in enumerate(losses)]
    near = [rates.factor_of(n, 100) / 10 for n in (lowest - 2, lowest + 2)]
    assert near[0] <= rates.chosen(losses, 100) <= near[1]


def test_the_factors_go_from_the_lowest_to_the_highest() -> None:
    factors = [rates.factor_of(step, 50) for step in range(50)]
    assert [factors[0], factors[-1]] == pytest.approx([rates.LOWEST, rates.HIGHEST])
    assert factors == sorted(factors)


def test_a_loss_that_never_falls_gives_no_rate() -> None:
    for losses in ([1.0, 2.0, 3.0], [math.nan] * 3, []):
        with pytest.raises(InputError, match="found no rate that makes the loss fall"):
            rates.chosen(losses, 40)


class Uncopied(nn.Linear):
    """Nobody can copy it."""

    def __deepcopy__(self, memo: object) -> nn.Module:
        raise RuntimeError("it has a thread inside")


def test_a_network_that_cannot_be_copied_is_told(tmp_path: Path, few: Dataset) -> None:
    network = nn.Sequential(nn.Flatten(), Uncopied(784, 10))
    with pytest.raises(InputError, match=r"cannot be copied \(it has a thread inside\); give a number"):
        train(network, few, SHORT, learning_rate="auto", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
