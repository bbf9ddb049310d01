"""Embedding: a table of vectors, of which each number of the input names one.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
"""

from collections.abc import Iterator
from typing import Any

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import sequences
from fivebyfive.explain.kind import OTHER, Index, Kind, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step


def _moves(step: Step) -> list[Any]:
    return [step.call.values["weight"]]


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return moved(step, index, position, _moves(step), "O = the value in the table's row that the input names")


def _words(step: Step) -> Iterator[str]:
    rows, width = shape_of(step.call.values["weight"])
    yield f"Each number names one of {counted(rows, 'row')} of a table, which is {width} numbers that were learned."


KIND = Kind(
    name=OTHER,
    operations={"embedding": "input weight"},
    axes=dimensions.embedded,
    field=sequences.looked_up,
    moves=_moves,
    sum=_sum,
    words=_words,
)
