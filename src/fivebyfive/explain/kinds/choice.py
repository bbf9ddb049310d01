"""Choice: at each place one of two values, as a condition or a mask says.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.where.html
"""

from collections.abc import Iterator

from fivebyfive.explain.backward.passing import out_of
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.kinds.search import listed_place
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import operand_at, same_place, tensor_of


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "masked_fill":
        return _masked(step, index, position)
    if "other" not in step.call.values:
        return listed_place(step, "condition", index, position)
    return _where(step, index, position)


def _where(step: Step, index: Index, position: Position) -> Arithmetic:
    condition = operand_at(step.call.values["condition"], index)
    term = same_place(step, "input" if condition else "other", index)
    held = "holds" if condition else "does not hold"
    return Arithmetic(position, "copy", (term,), term.value, details={"condition": bool(condition)},
                      symbols="O = a where the condition holds, else b",
                      figures=f"the condition {held}: {short(term.value)}")  # fmt: skip


def _masked(step: Step, index: Index, position: Position) -> Arithmetic:
    masked = bool(operand_at(step.call.values["mask"], index))
    term = same_place(step, "value" if masked else "input", index)
    return Arithmetic(position, "copy", (term,), term.value, details={"masked": masked},
                      symbols="O = the value put in where the mask holds, else I",
                      figures=f"the mask {'holds' if masked else 'does not hold'}: {short(term.value)}")  # fmt: skip


def _words(step: Step) -> Iterator[str]:
    if step.op == "where" and "other" not in step.call.values:
        yield f"The places are listed where the condition holds: {size_text(step.size)}."
    elif step.op == "where":
        yield f"At each place one of two values is taken, as the condition there says: {size_text(step.size)}."
    else:
        yield f"Where the mask holds, another value is put in: {size_text(step.size)}."


def _back(step: Step) -> Iterator[str]:
    mask = tensor_of(step.call.values["mask" if step.op == "masked_fill" else "condition"])
    holds = int(mask.bool().expand(step.output.shape).sum())
    if step.op == "masked_fill":
        yield f"Where the mask holds nothing goes back to what stood there: at {out_of(holds, step.output.numel())}."
        yield "Everywhere else the gradient passes unchanged."
    else:
        yield (
            "The gradient goes to the one that was taken, unchanged: to the first at "
            f"{out_of(holds, step.output.numel())}."
        )
        yield "The one that was not taken gets nothing there."


KIND = Kind(
    name=OTHER,
    operations={"where": "condition input other", "masked_fill": "input mask value"},
    field=mixing.same,
    sum=_sum,
    words=_words,
    back=_back,
)
