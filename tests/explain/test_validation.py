"""A trace is validated by running each of its steps again."""

import pytest
import torch
from torch import Tensor, nn

import fivebyfive
from architectures import ARCHITECTURES


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_step_of_every_architecture_gives_the_same_again(name: str) -> None:
    made = ARCHITECTURES[name]
    trace = fivebyfive.explain(made.network(), made.image())
    found = trace.validate()
    assert found, str(found)
    assert found.exact + len(found.rounded) == len(trace)
    assert not found.skipped


class InPlace(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1, padding_mode="reflect")
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.conv(x))
        x += 1
        x[:, 0] = 0
        return x.mul_(2).mean((2, 3))


def test_what_overwrites_its_input_is_replayed_on_what_was_there() -> None:
    trace = fivebyfive.explain(InPlace().eval(), torch.rand(1, 8, 8))
    assert trace.validate()
    assert trace.validate().exact == len(trace)


def test_a_value_that_was_changed_behind_the_traces_back_is_found() -> None:
    trace = fivebyfive.explain(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten()), torch.rand(1, 6, 6))
    changed = trace.steps[1]
    changed.output = changed.output + 1
    found = trace.validate()
    assert not found
    assert changed.name in found.differing
    assert "something else" in str(found)


def test_what_draws_at_random_is_named_and_leaves_the_generator_alone() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)).train()
    trace = fivebyfive.explain(network, torch.rand(1, 4))
    before = torch.get_rng_state()
    found = trace.validate()
    assert found
    assert list(found.skipped.values()) == ["it draws at random"]
    assert torch.equal(before, torch.get_rng_state())


def test_under_autocast_the_same_precision_is_used() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        trace = fivebyfive.explain(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()).eval(), torch.rand(1, 6, 6))
    assert trace.validate().exact == len(trace)
