"""Gradients that several processes have of the same parameters become their mean, wherever each of them lies."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from fivebyfive import neighbours
from fivebyfive.neighbours import Neighbours
from fivebyfive.training.gradients import Gradients
from sharing import by_all

pytestmark = pytest.mark.skipif(not neighbours.possible(), reason="the system has no memory without a name")
SHAPES = ((2, 3, 2, 2), (5,), (), (4, 3), (0, 2), (7, 1))
FORMATS = (torch.contiguous_format, torch.channels_last)


def parameters(dtypes: Sequence[torch.dtype], formats: Sequence[torch.memory_format]) -> list[Tensor]:
    """One of each shape; those of four dimensions lie in memory as `formats` says."""
    plain = [torch.zeros(shape, dtype=dtype) for shape, dtype in zip(SHAPES, dtypes, strict=True)]
    return [p.to(memory_format=m) if p.dim() == 4 else p for p, m in zip(plain, formats, strict=True)]


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(2, 5),
    dtypes=st.lists(st.sampled_from([torch.float32, torch.float64]), min_size=len(SHAPES), max_size=len(SHAPES)),
    formats=st.lists(st.sampled_from(FORMATS), min_size=len(SHAPES), max_size=len(SHAPES)),
    data=st.data(),
)
def test_each_gradient_is_the_mean_of_all_and_one_that_nobody_has_stays_none(
    size: int, dtypes: list[torch.dtype], formats: list[torch.memory_format], data: st.DataObject
) -> None:
    own = [[data.draw(st.booleans(), f"rank {rank} has {shape}") for shape in SHAPES] for rank in range(size)]
    other_format = [data.draw(st.booleans(), f"rank {rank} lays it out in another way") for rank in range(size)]

    def average(neighbours: Neighbours) -> list[Tensor | None]:
        rank = neighbours.rank
        mine = parameters(dtypes, formats)
        gradients = Gradients(neighbours, mine)
        for step in range(2):  # memory is used again
            for n, parameter in enumerate(mine):
                parameter.grad = gradient(rank, n, step, parameter) if own[rank][n] else None
            if other_format[rank] and own[rank][0]:
                turned = mine[0].grad
                assert turned is not None
                mine[0].grad = turned.contiguous(memory_format=FORMATS[turned.is_contiguous()])
            gradients.average()
        return [None if p.grad is None else p.grad.clone() for p in mine]

    found = by_all(size, average)
    for n, parameter in enumerate(parameters(dtypes, formats)):
        given = [gradient(rank, n, 1, parameter) for rank in range(size) if own[rank][n]]
        for said in found:
            if given:
                torch.testing.assert_close(said[n], sum(given) / size)
                torch.testing.assert_close(said[n], found[0][n], rtol=0, atol=0)
            else:
                assert said[n] is None


def gradient(rank: int, number: int, step: int, like: Tensor) -> Tensor:
    """Numbers that no other process, parameter or step has."""
    draw = torch.Generator().manual_seed(1000 * rank + 10 * number + step)
    return torch.empty_like(like).copy_(torch.randn(like.shape, generator=draw, dtype=like.dtype))


def test_a_part_of_a_larger_memory_and_a_spread_parameter_are_no_exception() -> None:
    def average(neighbours: Neighbours) -> list[Tensor]:
        cut = torch.zeros(6, 8)[:, 2:5]
        mine = [cut, torch.zeros(1, 4).expand(3, 4)]
        mine[0].grad = torch.full((6, 8), 7.0)[:, 2:5].copy_(torch.arange(18.0).reshape(6, 3) + neighbours.rank)
        mine[1].grad = torch.full((3, 4), 2.0 * neighbours.rank)
        Gradients(neighbours, mine).average()
        return [p.grad.clone() for p in mine if p.grad is not None]

    for cut, spread in by_all(2, average):
        torch.testing.assert_close(cut, torch.arange(18.0).reshape(6, 3) + 0.5)
        torch.testing.assert_close(spread, torch.ones(3, 4))
