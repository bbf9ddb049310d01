"""Scattering: values are put, or added, to places that an index or a mask names; the others stay as they were.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_.html
"""

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import mixing, moves
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.replay import function_value, linear_sum
from fivebyfive.explain.step import Arithmetic, Step

_PUT = {
    "scatter": "the places that an index names along a dimension",
    "index_copy": "the rows that an index names",
    "index_fill": "the rows that an index names",
    "index_put": "the places that an index names",
    "put": "the places that an index names, counted row by row",
    "masked_scatter": "the places where a mask holds, one after another",
    "select_scatter": "one row along a dimension",
    "slice_scatter": "a range of rows along a dimension",
    "diagonal_scatter": "the diagonal",
    "as_strided_scatter": "places a fixed number of steps apart",
    "fill_diagonal": "the diagonal",
}
_ADDED = {
    "scatter_add": "the places that an index names along a dimension",
    "index_add": "the rows that an index names",
}
_GATHERED = {
    "scatter_reduce": "the places that an index names along a dimension",
    "index_reduce": "the rows that an index names",
}


def _adds(step: Step) -> bool:
    values = step.call.values
    return step.op in _ADDED or bool(values.get("accumulate"))


def _moves(step: Step) -> list[Any]:
    found = [step.call.values["input"], step.call.values.get("source")]
    return [operand for operand in found if isinstance(operand, (Step, Tensor))]


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    reduced = step.call.values.get("reduce")
    if _adds(step) or reduced in ("sum", "mean"):
        how = "mean" if reduced == "mean" else "Σ"
        symbols = f"O = {how} of the value that stood here and those that are added to it"
        return linear_sum(step, index, position, symbols, _moves(step))
    if reduced and step.op == "scatter":
        raise InputError(f"{step.name} is scatter with reduce={reduced}; known is only scatter_reduce")
    if reduced:
        return function_value(step, index, position, f"{_REDUCED[reduced]} of the values that come here")
    source = step.call.values.get("source")
    number = 0.0 if source is None or isinstance(source, (Step, Tensor)) else float(source)
    return moved(step, index, position, _moves(step), filled=("the number put in", number))


_REDUCED = {
    "prod": "the product",
    "amax": "the largest",
    "amin": "the smallest",
    "mean": "the mean",
}


def _words(step: Step) -> Iterator[str]:
    where = {**_PUT, **_ADDED, **_GATHERED}[step.op]
    reduced = step.call.values.get("reduce")
    if _adds(step):
        yield f"Values are added to {where}: {size_text(step.size)}."
    elif reduced:
        yield f"Values meet at {where}, and of each meeting one number is kept ({reduced}): {size_text(step.size)}."
    else:
        yield f"Values are put at {where}, the others stay: {size_text(step.size)}."


def _back(step: Step) -> Iterator[str]:
    reduced = step.call.values.get("reduce")
    if _adds(step) or (reduced == "sum" and step.call.values.get("include_self", True)):
        yield "An addition passes the gradient on to all: to what stood here, and to each value that was added to it."
    elif reduced:
        yield (
            "Values met here and one number was kept of them: each gets the gradient times how much that number "
            "grows with it."
        )
    else:
        yield "What was put here gets the gradient of its place; what it replaced gets nothing; all others keep theirs."
        taken = with_ones(step, step.call.values["input"])
        if taken is not None:
            yield f"{out_of(int((taken == 0).sum()), taken.numel())} values that stood here before were replaced."


KIND = Kind(
    name=OTHER,
    operations={
        "scatter": "input dim index source",
        "scatter_add": "input dim index source",
        "scatter_reduce": "input dim index source reduce",
        "index_reduce": "input dim index source reduce",
        "index_add index_copy index_fill": "input dim index source",
        "index_put": "input index source accumulate",
        "put": "input index source accumulate",
        "masked_scatter": "input mask source",
        "select_scatter slice_scatter diagonal_scatter as_strided_scatter": "input source",
        "fill_diagonal": "input source",
    },
    keywords={
        op: {
            "src": "source",
            "value": "source",
            "tensor": "source",
            "values": "source",
            "indices": "index",
            "fill_value": "source",
            "mask": "mask",
        }
        for op in (*_PUT, *_ADDED, *_GATHERED)
    },
    field={
        """
        scatter scatter_add index_add index_copy index_put masked_scatter select_scatter slice_scatter
        """: moves.moved,
        "scatter_reduce index_reduce index_fill put diagonal_scatter as_strided_scatter fill_diagonal": mixing.of_all,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
