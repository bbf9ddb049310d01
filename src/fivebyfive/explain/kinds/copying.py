"""Handing on: the same values under another name, at another place of memory, or in another precision."""

from collections.abc import Iterator
from typing import Any

import torch

from fivebyfive.explain.fields import mixing, moves, sequences
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.step import Arithmetic, Step


def _moves(step: Step) -> list[Any]:
    return [step.call.values["input"]]


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return moved(step, index, position, _moves(step))


def _words(step: Step) -> Iterator[str]:
    before = step.origins[0].output.dtype if step.origins else step.output.dtype
    if before != step.output.dtype:
        yield f"The same values as numbers of another sort: {_named(before)} becomes {_named(step.output.dtype)}."
    else:
        yield f"The same values are handed on: {size_text(step.size)}."


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _back(step: Step) -> Iterator[str]:
    if step.op in ("detach", "data"):
        yield f"{step.op} cuts the way back: nothing before it gets a gradient from here."
    elif step.origins and step.origins[0].output.dtype != step.output.dtype:
        yield f"The gradient passes on as numbers of the first sort, {_named(step.origins[0].output.dtype)}."
    else:
        yield "The gradient passes on unchanged."


KIND = Kind(
    name=OTHER,
    operations={
        """
        contiguous clone detach data to float double half bfloat16 int long short bool type type_as cpu cuda
        requires_grad_ identity alias positive lift_fresh dequantize char byte atleast_1d atleast_2d atleast_3d
        """: "input",
    },
    moves=_moves,
    field={
        """
        contiguous clone detach data float double half bfloat16 int long short bool type cpu cuda
        requires_grad_ identity alias positive real lift_fresh dequantize char byte
        """: mixing.same,
        "atleast_1d atleast_2d atleast_3d": moves.moved,
        "to type_as": mixing.handed_on,
        "view_as_real": sequences.as_pairs,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
