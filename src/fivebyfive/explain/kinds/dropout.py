"""Dropout: while training each value is kept by chance, and what is kept is scaled so that sums stay about as large.

Source: Srivastava et al., Dropout, https://jmlr.org/papers/v15/srivastava14a.html
"""

import math
from collections.abc import Iterator
from typing import Any

from fivebyfive.errors import InputError
from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Called, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import same_place


def _attributes(called: Called) -> dict[str, Any]:
    op, values = called.op, called.values
    if called.ours:
        return {"keep_prob": float(values["keep_prob"])}
    training = bool(values.get("training", values.get("train", "feature" not in op)))
    p = float(values.get("p", 0.5))
    return {"keep_prob": 1.0 - p if training else 1.0, "written_keep_prob": 1.0 - p, "training": training}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    keep = step.attributes["keep_prob"]
    if "alpha" in step.op and keep < 1.0:
        raise InputError(f"{step.name} draws what it drops and shifts the rest; its arithmetic is known only when off")
    value = same_place(step, "input", index).value
    kept = keep == 1.0 or (keep > 0.0 and (float(step.output[index]) != 0.0 or value == 0.0))
    scale = 1.0 / keep if kept else 0.0
    term = same_place(step, "input", index, scale)
    symbols = f"O = I / {short(keep)} if it is kept (probability {short(keep)}), else 0"
    figures = (
        f"{short(value)} / {short(keep)} = {short(term.product)}" if kept else f"dropped: {short(value)} becomes 0"
    )
    return Arithmetic(position, "sum", (term,), term.product, details={"kept": kept, "scale": scale},
                      symbols=symbols, figures=figures)  # fmt: skip


def _words(step: Step) -> Iterator[str]:
    keep = step.attributes["keep_prob"]
    count = math.prod(step.output_shape)
    written = step.attributes.get("written_keep_prob", keep)
    if keep == 1.0:
        yield f"Dropout is off (keep probability 1): all {count:,} values pass as they are."
        yield "It drops only while training."
        if written != 1.0:
            yield f"It keeps each value with probability {written:g} then, and multiplies it by 1 / {written:g}."
    else:
        dropped = int(((step.output == 0) & (step.origins[0].output != 0)).sum())
        yield f"Each value is kept with probability {keep:g}, by chance; here {dropped:,} of {count:,} were set to 0."
        if keep > 0:
            yield f"What is kept is multiplied by 1 / {keep:g} = {1 / keep:.4g}, so that sums stay about as large."
    yield "A network that cannot count on any single value learns to spread what it knows: it overfits less."
    yield (
        "keep_prob = 0 would keep nothing, and 1 / 0 is no number, so it is an error: it must be above 0 and at most 1."
        if "written_keep_prob" not in step.attributes
        else "A keep probability of 0 would leave nothing but zeros: the layers behind could learn nothing."
    )


def _back(step: Step) -> Iterator[str]:
    keep, slopes = step.attributes["keep_prob"], with_ones(step, step.origins[0]) if step.origins else None
    if keep == 1.0:
        yield "Dropout is off: the gradient passes on unchanged."
        return
    yield "The gradient meets the same draw as on the way there: what was kept passes, times the same factor."
    if slopes is None:
        return
    thrown = int((slopes == 0).sum())
    yield (
        f"What was dropped, {out_of(thrown, slopes.numel())}, gets nothing: it had no part in this answer, so whatever "
        "made it learns nothing from it this time. The next draw drops others."
    )
    if thrown < slopes.numel():
        yield f"Here the factor is {short(float(slopes.max()))}."


KIND = Kind(
    name="dropout",
    operations={
        "dropout dropout1d dropout2d dropout3d feature_dropout alpha_dropout feature_alpha_dropout": "input p training"
    },
    ours={"dropout": "input keep_prob"},
    attributes=_attributes,
    field=mixing.same,
    sum=_sum,
    words=_words,
    back=_back,
    draws="dropout dropout1d dropout2d dropout3d feature_dropout alpha_dropout feature_alpha_dropout",
)
