"""Which dimension is which is followed through what the operations do: tokens made a map again are a map again."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.explain import Trace, explain


class Tokens(nn.Module):
    """Patches as tokens, and what is done with them."""

    def __init__(self, does: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.patches, self.linear, self.does = nn.Conv2d(3, 6, 4, 4), nn.Linear(6, 6), does
        self.map = nn.Conv2d(6, 2, 3, padding=1)
        self.token = nn.Parameter(torch.rand(1, 1, 6))

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.linear(self.patches(x).flatten(2).transpose(1, 2))
        tokens = torch.cat((self.token.expand(1, -1, -1), tokens), 1)[:, 1:]
        mapped: Tensor = self.map(self.does(tokens))
        return mapped


WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "reshape, then permute": lambda t: t.reshape(1, 5, 8, 6).permute(0, 3, 1, 2).contiguous(),
    "permute with negative dimensions": lambda t: t.view(1, 5, 8, 6).permute(0, -1, -3, -2),
    "transpose, then reshape": lambda t: t.transpose(1, 2).reshape(1, 6, 5, 8),
    "unflatten": lambda t: torch.unflatten(t.mT, 2, (5, 8)),
    "movedim": lambda t: t.reshape(1, 5, 8, 6).movedim(-1, 1),
    "movedim of two": lambda t: t.reshape(1, 5, 8, 6).movedim((1, 2), (2, 3)),
    "heads in between": lambda t: (
        t.reshape(1, 40, 2, 3).transpose(1, 2).relu().transpose(1, 2).reshape(1, 40, 6).mT.reshape(1, 6, 5, 8)
    ),
}


def _trace(does: Callable[[Tensor], Tensor]) -> Trace:
    torch.manual_seed(0)
    return explain(Tokens(does), torch.rand(3, 20, 32))


@pytest.mark.parametrize("way", WAYS)
def test_tokens_made_a_map_again_have_the_maps_size_values_and_places(way: str) -> None:
    trace = _trace(WAYS[way])
    convolution = trace["map"]
    before = convolution.origins[0]
    assert (before.layout, before.size) == ("NCHW", (5, 8, 6))
    assert torch.equal(before.maps, before.output[0])
    found = convolution.arithmetic(2, 3, 1)
    assert found.total == pytest.approx(convolution.value(2, 3, 1), rel=1e-4)
    for term in found.terms:
        assert term.position is not None
        assert before.value(*term.position) == pytest.approx(term.value)


def test_tokens_stay_tokens_behind_a_class_token() -> None:
    trace = _trace(WAYS["unflatten"])
    joined = next(step for step in trace.steps if step.op == "cat")
    assert (joined.layout, joined.size) == ("NLC", (1, 41, 6))


def test_a_picture_without_channels_is_a_list_when_it_is_flattened() -> None:
    class Flat(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[:, 0].flatten(1)

    assert explain(Flat(), torch.rand(1, 6, 7)).steps[-1].size == (1, 1, 42)
