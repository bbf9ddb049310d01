"""Assignment: values are written over others, all of them or some.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.Tensor.copy_.html
"""

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import mixing, moves
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import same_place


def _moves(step: Step) -> list[Any]:
    other = step.call.values["other"]
    return [step.call.values["input"], *([other] if isinstance(other, (Step, Tensor)) else [])]


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "copy":
        term = same_place(step, "other", index)
        return Arithmetic(position, "copy", (term,), term.value, symbols="O = the value copied in",
                          figures=short(term.value))  # fmt: skip
    other = step.call.values["other"]
    number = 0.0 if isinstance(other, (Step, Tensor)) else float(other or 0.0)
    return moved(step, index, position, _moves(step), filled=("the number assigned", number))


def _words(step: Step) -> Iterator[str]:
    where = "all values" if step.op == "copy" else "a part of the values"
    yield f"Others are written over {where}: {size_text(step.size)}."


def _back(step: Step) -> Iterator[str]:
    before, other = step.call.values["input"], step.call.values["other"]
    if step.op == "copy":
        yield "The gradient goes to the values that were written, unchanged; those that stood here before get none."
        return
    kept = with_ones(step, before)
    held = "" if kept is None else f": {out_of(int((kept != 0).sum()), kept.numel())} values kept their way back"
    yield f"What was written over gets nothing; the others get their gradients unchanged{held}."
    if isinstance(other, (Step, Tensor)):
        yield "What was written in gets the gradients of the places that it went to."


KIND = Kind(
    name=OTHER,
    operations={"copy": "input other", "assign": "input index other"},
    aliases={"__setitem__": "assign"},
    moves=_moves,
    field={
        "copy": mixing.same,
        "assign": moves.moved,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
