"""Searching: which values there are, and where they stand.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nonzero.html
"""

from collections.abc import Iterator

from fivebyfive.errors import InputError
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step

_LISTS = {
    "nonzero": "lists the places of the values that are not 0; a place is no sum of values",
    "argwhere": "lists the places of the values that are not 0; a place is no sum of values",
    "unique": "lists the values that there are, each once; which they are is no sum of values",
    "unique_consecutive": "lists the values that there are, without repetitions; which they are is no sum of values",
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    del index, position
    raise InputError(f"{step.name} {_LISTS[step.op]}")


def _words(step: Step) -> Iterator[str]:
    yield f"It {_LISTS[step.op].partition(';')[0]}."


KIND = Kind(name=OTHER, operations={" ".join(_LISTS): "input"}, sum=_sum, words=_words)
