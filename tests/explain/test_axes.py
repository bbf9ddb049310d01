"""Which dimension is which is followed through what the operations do: tokens made a map again are a map again."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fivebyfive.explain import Step, Trace, explain
from fivebyfive.explain.axes import letters_in
from sums import expect_true, five_places


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


# --- windows, and heads, put together again --------------------------------------------------------------------------


def _swins(x: Tensor, size: int = 4) -> Tensor:
    """Windows as Swin makes them of a picture with its channels last, and the picture again."""
    x = x.permute(0, 2, 3, 1)
    n, height, width, channels = x.shape
    windows = x.view(n, height // size, size, width // size, size, channels).permute(0, 1, 3, 2, 4, 5).contiguous()
    tokens = windows.view(-1, size, size, channels).view(-1, size * size, channels).sigmoid()
    windows = tokens.view(-1, size, size, channels).view(n, height // size, width // size, size, size, -1)
    return windows.permute(0, 1, 3, 2, 4, 5).contiguous().view(n, height, width, -1)


def _shifted(x: Tensor) -> Any:
    """The same in other words, shifted, and with a linear layer on the windows' tokens."""
    x = torch.roll(x.permute(0, 2, 3, 1), (-2, -2), (1, 2))
    windows = x.reshape(1, 2, 4, 3, 4, 3).transpose(2, 3).flatten(0, 2).flatten(1, 2)
    windows = nn.functional.linear(windows, torch.ones(5, 3)).softmax(-1)
    x = torch.unflatten(windows, 1, (4, 4)).reshape(1, 2, 3, 4, 4, 5).transpose(2, 3).reshape(1, 8, 12, 5)
    return torch.roll(x, (2, 2), (1, 2))


def _channels_first(x: Tensor) -> Any:
    """Windows cut from a picture with its channels first."""
    windows = x.reshape(1, 3, 2, 4, 3, 4).permute(0, 2, 4, 1, 3, 5).reshape(6, 3, 4, 4)
    return windows.relu().reshape(1, 2, 3, 3, 4, 4).permute(0, 1, 4, 2, 5, 3).reshape(1, 8, 12, 3)


def _a_grid(x: Tensor) -> Any:
    """Tokens that stand far apart, as in MaxViT's grid."""
    grid = x.reshape(1, 3, 4, 2, 4, 3).permute(0, 3, 5, 2, 4, 1).reshape(6, 16, 3)
    return grid.tanh().reshape(1, 2, 3, 4, 4, 3).permute(0, 3, 1, 4, 2, 5).reshape(1, 8, 12, 3)


class Windows(nn.Module):
    def __init__(self, does: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.does = does
        self.norm = nn.LayerNorm(5 if does is _shifted else 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.does(x)
        y = self.norm(y)
        mapped: Tensor = y.permute(0, 3, 1, 2)
        return mapped


@pytest.mark.parametrize("does", [_swins, _shifted, _channels_first, _a_grid])
def test_windows_put_together_again_are_the_picture(does: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    image = torch.rand(1, 3, 8, 12)
    trace = explain(Windows(does), image)
    norm, channels = trace["norm"], 5 if does is _shifted else 3
    assert (norm.origins[0].layout, norm.origins[0].size) == ("NHWC", (8, 12, channels))
    assert (norm.layout, norm.size) == ("NHWC", (8, 12, channels))
    assert (trace.steps[-1].layout, trace.steps[-1].size) == ("NCHW", (8, 12, channels))
    before = does(image)
    assert norm.origins[0].value(5, 7, 2) == pytest.approx(float(before[0, 5, 7, 2]))
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)


def test_windows_in_another_order_are_no_picture() -> None:
    """Put together without the windows' rows and columns changing places back: rows here are no rows of the picture."""

    class Wrong(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            windows = x.permute(0, 2, 3, 1).reshape(1, 2, 4, 3, 4, 3).transpose(2, 3).reshape(6, 4, 4, 3)
            return windows.reshape(1, 8, 12, 3)

    trace = explain(Wrong(), torch.rand(1, 3, 8, 12))
    assert trace.steps[-1].layout == "other"
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)


def test_heads_put_together_again_are_tokens() -> None:
    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv, self.out = nn.Linear(6, 18), nn.Linear(6, 6)

        def forward(self, x: Tensor) -> Tensor:
            tokens = x.flatten(2).transpose(1, 2)
            q, k, v = self.qkv(tokens).reshape(1, 20, 3, 2, 3).permute(2, 0, 3, 1, 4).unbind(0)
            a = (q @ k.transpose(-2, -1)).softmax(-1)
            y = a @ v
            y = y.transpose(1, 2).reshape(1, 20, 6)
            mapped: Tensor = self.out(y).transpose(1, 2).reshape(1, 6, 4, 5)
            return mapped

    trace = explain(Attends(), torch.rand(1, 6, 4, 5))
    assert {s.layout for s in trace.steps if s.op in ("unbind", "matmul", "softmax")} == {"other"}
    assert (trace["out"].layout, trace["out"].size) == ("NLC", (1, 20, 6))
    assert (trace.steps[-1].layout, trace.steps[-1].size) == ("NCHW", (4, 5, 6))


def test_a_layer_that_mixes_tokens_leaves_the_channels_where_they_are() -> None:
    class Mixer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mix = nn.Linear(20, 20)

        def forward(self, x: Tensor) -> Tensor:
            tokens = x.flatten(2).transpose(1, 2)
            y: Tensor = self.mix(tokens.transpose(1, 2))
            return y.transpose(1, 2)

    trace = explain(Mixer(), torch.rand(1, 6, 4, 5))
    assert (trace["mix"].layout, trace["mix"].size) == ("NCL", (1, 20, 6))
    assert (trace.steps[-1].layout, trace.steps[-1].size) == ("NLC", (1, 20, 6))


# --- the law: what the factors say stands where is what stands there -------------------------------------------------

Chain = list[tuple[str, tuple[int, ...]]]


class Movers(nn.Module):
    """A chain of operations that move values."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.chain = chain

    def forward(self, x: Tensor) -> Tensor:
        for name, arguments in self.chain:
            x = getattr(x, name)(arguments if name in ("permute", "reshape") else arguments[0])
        return x


@st.composite
def chains(draw: st.DrawFn) -> tuple[tuple[int, ...], Chain]:
    """A shape [1, C, H, W] and movers that fit it, one behind the other."""
    size = st.sampled_from([1, 2, 3, 4, 6])
    first: tuple[int, ...] = (1, draw(size), draw(size), draw(size))
    shape = first
    chain: Chain = []
    for _ in range(draw(st.integers(1, 6))):
        wanted = draw(st.sampled_from(["permute", "split", "join", "unsqueeze", "squeeze"]))
        at = draw(st.integers(0, len(shape) - 1))
        if wanted == "permute":
            order = draw(st.permutations(range(len(shape))))
            shape = tuple(shape[d] for d in order)
            chain.append(("permute", tuple(order)))
        elif wanted == "unsqueeze":
            shape = (*shape[:at], 1, *shape[at:])
            chain.append(("unsqueeze", (at,)))
        elif wanted == "squeeze":
            shape = shape[:at] + shape[at + 1 :] if shape[at] == 1 else shape
            chain.append(("squeeze", (at,)))
        else:
            if wanted == "split":
                part = draw(st.sampled_from([n for n in range(1, shape[at] + 1) if shape[at] % n == 0]))
                shape = (*shape[:at], shape[at] // part, part, *shape[at + 1 :])
            elif at:
                shape = (*shape[: at - 1], shape[at - 1] * shape[at], *shape[at + 1 :])
            chain.append(("reshape", shape))
        if not shape:
            break
    return first, chain


def _predicted(step: Step, weights: dict[str, int]) -> Tensor:
    """Which value of the picture stands at each place, by what the dimensions are made of."""
    assert step.axes is not None
    found = torch.zeros(step.output_shape, dtype=torch.float64)
    for place, dimension in enumerate(step.axes):
        steps = torch.zeros(1, dtype=torch.float64)
        for letter, stride, size in dimension:
            steps = (steps[:, None] + torch.arange(size) * (stride * weights.get(letter, 0))).ravel()
        found = found + steps.reshape([-1 if d == place else 1 for d in range(found.dim())])
    return found


@settings(deadline=None, max_examples=80)
@given(chains())
def test_the_factors_say_where_each_value_of_the_picture_went(drawn: tuple[tuple[int, ...], Chain]) -> None:
    shape, chain = drawn
    count = shape[1] * shape[2] * shape[3]
    image = (torch.arange(count, dtype=torch.float64) / count).reshape(shape)
    for step in explain(Movers(chain), image).steps:
        if step.axes is not None and "?" not in letters_in(step.axes):
            weights = {"C": shape[2] * shape[3], "H": shape[3], "W": 1}
            assert torch.equal((step.output * count).round(), _predicted(step, weights)), (step.op, step.axes)
