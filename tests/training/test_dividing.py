"""An optimizer's steps, divided among processes: to the last bit the whole steps of one, in weights that all share."""

import copy
from collections.abc import Sequence

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fivebyfive import neighbours
from fivebyfive.errors import InputError
from fivebyfive.neighbours import Neighbours
from fivebyfive.networks import as_input, build
from fivebyfive.training.adamw import AdamW
from fivebyfive.training.dividing import Division, possible, versions
from sharing import by_all

pytestmark = pytest.mark.skipif(not neighbours.possible(), reason="the system has no memory without a name")
SHAPES = ((3, 5, 2, 2), (700,), (), (9, 40), (0, 2), (130, 3))
STEPS = 4
State = dict[str, Tensor]


def parameters(wide: Sequence[bool]) -> list[nn.Parameter]:
    """The first one lies in memory as pictures' channels do last; some are of double precision."""
    draw = torch.Generator().manual_seed(1)
    drawn = [torch.randn(shape, generator=draw) for shape in SHAPES]
    drawn = [p.double() if double else p for p, double in zip(drawn, wide, strict=True)]
    return [nn.Parameter(p.to(memory_format=torch.channels_last) if p.dim() == 4 else p) for p in drawn]


def trained(
    own: list[nn.Parameter], begins: Sequence[int], near: Neighbours | None
) -> tuple[list[Tensor], list[State]]:
    """Weights and what AdamW keeps of them after some steps; each parameter has gradients from a step on."""
    optimizer = AdamW(own, lr=0.01, weight_decay=0.1, fused=True)
    for step in range(STEPS):
        draw = torch.Generator().manual_seed(step)
        for parameter, first in zip(own, begins, strict=True):
            gradient = torch.randn(parameter.shape, generator=draw).to(parameter.dtype)
            parameter.grad = torch.empty_like(parameter).copy_(gradient) if step >= first else None
        if step == 1 and near is not None:  # as after a checkpoint, there is a state already
            optimizer.division = Division(near, own)
        optimizer.step()
    if near is not None and optimizer.division is not None:
        within = [parameter.data_ptr() for parameter in own]
        optimizer.division.end(optimizer.state)
        near.meet()
        assert all(p.data_ptr() != place for p, place in zip(own, within, strict=True) if p.numel())
        with torch.no_grad():
            own[1].add_(near.rank)  # it is this process's alone again
            near.meet()
            own[1].sub_(near.rank)
    return [p.detach() for p in own], [optimizer.state[p] for p in own]


@settings(max_examples=30, deadline=None)
@given(
    size=st.integers(2, 5),
    wide=st.lists(st.booleans(), min_size=len(SHAPES), max_size=len(SHAPES)),
    begins=st.lists(st.integers(0, STEPS), min_size=len(SHAPES), max_size=len(SHAPES)),
)
def test_steps_that_are_divided_are_whole_steps_to_the_last_bit(size: int, wide: list[bool], begins: list[int]) -> None:
    whole, kept = trained(parameters(wide), begins, None)
    for weights, states in by_all(size, lambda near: trained(parameters(wide), begins, near)):
        for one, two in zip(whole, weights, strict=True):
            if one.dim() != 1:  # of that, one was added and taken off again
                torch.testing.assert_close(two, one, rtol=0, atol=0)
            torch.testing.assert_close(two, one)
        for ours, theirs in zip(states, kept, strict=True):
            assert ours.keys() == theirs.keys()
            for name, value in theirs.items():
                torch.testing.assert_close(ours[name], value, rtol=0, atol=0)


def seen(network: nn.Module, x: Tensor) -> bool:
    """Whether the weights of `network` can be had in common, once it has seen something."""
    before = versions([network])
    network(x).sum().backward()
    return possible([network], before)


class Bounded(nn.Linear):
    """No row may grow longer than 1: at first, none does."""

    def forward(self, x: Tensor) -> Tensor:
        self.weight.data.renorm_(2, 0, 1.0)
        return super().forward(x)


def test_weights_of_other_peoples_code_stay_with_their_process() -> None:
    x = torch.ones(2, 3)
    assert not seen(nn.Sequential(nn.Linear(3, 3), Bounded(3, 2)), x)
    assert seen(nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2)), x)
    for name in ("conv_net", "quick", "deep", "photo_net"):
        network = build(name)
        assert seen(network, as_input(torch.zeros(2, 28, 28, 1, dtype=torch.uint8), network)), name
    hooked = nn.Linear(3, 2)
    hooked.register_forward_pre_hook(lambda module, _: module.weight.data.clamp_(min=0))
    assert not seen(hooked, x)
    replaced = nn.Linear(3, 2)
    replaced.forward = lambda input: F.linear(input, replaced.weight.clamp_(min=0))  # type: ignore[method-assign]
    assert not possible([replaced], versions([replaced]))
    assert not seen(torch.fx.symbolic_trace(nn.Sequential(nn.Linear(3, 2))), x)


def test_layers_of_pytorchs_that_write_their_weights_keep_them() -> None:
    x = torch.tensor([[0, 1]])
    assert not seen(nn.Sequential(nn.Embedding(4, 3, max_norm=100.0), nn.Linear(3, 2)), x)
    assert seen(nn.Sequential(nn.Embedding(4, 3), nn.Linear(3, 2)), x)


def test_weights_that_lie_in_one_memory_stay_there() -> None:
    tied = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])
    tied[1].weight.data = tied[0].weight.data
    part = nn.Linear(3, 2)
    part.weight.data = torch.zeros(4, 3)[:2]
    known = nn.Linear(3, 2)
    known.register_buffer("seen", known.weight.data)
    for network in (tied, part, known):
        assert not possible([network], versions([network]))
    shared = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    shared[1].weight = shared[0].weight  # one and the same, as weights are tied otherwise
    assert seen(shared, torch.ones(2, 3))


def test_who_writes_weights_later_is_told_so() -> None:
    def written(near: Neighbours) -> list[str]:
        network = nn.Linear(3, 2)
        division = Division(near, list(network.parameters()))
        division.expect_untouched()
        said = []
        with torch.no_grad():
            network.bias.add_(1.0)
        for parameter in (network.bias, network.weight):
            parameter.data = copy.deepcopy(parameter.data)
            with pytest.raises(InputError, match="were changed while the network learned") as raised:
                division.expect_untouched()
            said.append(str(raised.value))
        return said

    for said in by_all(2, written):
        assert "weights [2] " in said[0]
        assert all("train it with one process" in sentence for sentence in said)
