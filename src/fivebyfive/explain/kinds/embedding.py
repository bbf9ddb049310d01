"""Embedding: a table of vectors, of which each number of the input names one; or several, which are put together.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
"""

from collections.abc import Iterator
from typing import Any

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import mixing, sequences
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import OTHER, Called, Index, Kind, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.replay import function_value, linear_sum
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import function_of
from fivebyfive.explain.terms import same_place


def _attributes(called: Called) -> dict[str, Any]:
    return {"mode": called.values.get("mode", "mean")} if called.op == "embedding_bag" else {}


def _moves(step: Step) -> list[Any]:
    return [step.call.values["weight"]]


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "embedding":
        return moved(step, index, position, _moves(step), "O = the value in the table's row that the input names")
    if step.attributes["mode"] == "max":
        return function_value(step, index, position, "the largest of the named rows' values")
    return linear_sum(step, index, position, "O = Σ weight · the named rows' values", _moves(step))


def _words(step: Step) -> Iterator[str]:
    rows, width = shape_of(step.call.values["weight"])
    if step.op == "embedding":
        yield f"Each number names one of {counted(rows, 'row')} of a table, which is {width} numbers that were learned."
        return
    together = {"mean": "the mean", "sum": "the sum", "max": "the largest, place by place,"}[step.attributes["mode"]]
    yield f"Numbers name rows of a table of {rows:,}, {width} learned numbers each; of each bag {together} is taken."


def _marked(step: Step, index: Index, position: Position) -> Arithmetic:
    term = same_place(step, "input", (*index[:-1],))
    return function_of(position, (term,), float(term.value == index[-1]), f"1 if I = {short(index[-1])}, else 0")


def _marked_words(step: Step) -> Iterator[str]:
    yield f"Each number becomes a list of {step.output_shape[-1]} that is 1 at the place it names and 0 elsewhere."


def _back(step: Step) -> Iterator[str]:
    weight = step.call.values["weight"]
    rows = with_ones(step, weight)
    yield (
        "Numbers that name rows have no slope: the gradient goes to the rows that were named, a row named twice "
        "gets both."
    )
    if rows is not None:
        named = int((rows != 0).reshape(rows.shape[0], -1).any(1).sum())
        yield f"Here {out_of(named, rows.shape[0])} rows of the table learn; all others get nothing from this."


KINDS = (
    Kind(
        name=OTHER,
        operations={"embedding": "input weight"},
        moves=_moves,
        axes=dimensions.embedded,
        field=sequences.looked_up,
        sum=_sum,
        words=_words,
        back=_back,
    ),
    Kind(
        name=OTHER,
        operations={"embedding_bag": "input weight offsets max_norm norm_type scale_grad_by_freq mode"},
        attributes=_attributes,
        field=mixing.of_all,
        sum=_sum,
        words=_words,
        back=_back,
    ),
    Kind(
        name=OTHER, operations={"one_hot": "input num_classes"}, field=mixing.of_all, sum=_marked, words=_marked_words
    ),
)
