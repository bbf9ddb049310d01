"""Joining: several results are put together, one behind another.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops
"""

from collections.abc import Iterator
from typing import Any

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import moves
from fivebyfive.explain.kind import Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import joined_names
from fivebyfive.explain.step import Arithmetic, Step


def _moves(step: Step) -> list[Any]:
    if step.op == "block_diag":
        return list(step.call.arguments)
    return list(step.call.values["tensors"])


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return moved(step, index, position, _moves(step))


def _words(step: Step) -> Iterator[str]:
    names = [origin.name for origin in step.origins]
    sizes = [origin.size[2] for origin in step.origins]
    if len(names) < 2:
        given = names[0] if names else "Parameters of the network alone"
        yield f"{given}: joined to {size_text(step.size)} with what the network has learned, or with itself."
    elif sum(sizes) == step.size[2]:
        total = f"{' + '.join(map(str, sizes))} = {step.size[2]} channels"
        yield f"The maps of {joined_names(names)} one behind another: {total}."
    else:
        yield f"{joined_names(names)} are put together: {size_text(step.size)}."


def _back(step: Step) -> Iterator[str]:
    sizes = [f"{origin.name} {origin.output.numel():,}" for origin in step.origins[:6]]
    more = " …" if len(step.origins) > 6 else ""
    yield (
        "The gradient is cut apart again, and each gets the part that was its own, unchanged: "
        f"{', '.join(sizes)}{more}."
    )
    yield "So a joined path is a road without toll: its layers hear from here as if nothing stood beside them."


KIND = Kind(
    name="joining",
    operations={"cat stack": "tensors dim", "hstack vstack dstack column_stack block_diag": "tensors"},
    aliases={"concat": "cat", "concatenate": "cat", "row_stack": "vstack"},
    moves=_moves,
    axes={
        "cat": dimensions.joined,
        "stack": dimensions.stacked,
    },
    field={
        "cat stack": moves.concatenated,
        "hstack vstack dstack column_stack block_diag": moves.moved,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
