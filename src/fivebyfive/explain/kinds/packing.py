"""Packed sequences: sequences of several lengths without what fills the shorter ones up, time by time.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import listed, short
from fivebyfive.explain.kind import Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.terms import places_of, tensor_of, which_input


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    if step.attributes.get("part") == 1:
        return _count(step, values["lengths" if step.op == "pack_padded_sequence" else "batch_sizes"], index, position)
    if step.op == "pad_sequence":
        return _of_a_list(step, index, position)
    if step.op == "pack_padded_sequence":
        sizes = _counts(values["lengths"], max(_whole(values["lengths"])))
        starts = np.cumsum([0, *sizes])
        time = int(np.searchsorted(starts, index[0], side="right")) - 1
        place = _in_order(index[0] - int(starts[time]), time, bool(values.get("batch_first")))
        return _moved(step, values["input"], (*place, *index[1:]), position)
    sizes = _whole(values["batch_sizes"])
    batch, time = index[:2] if values.get("batch_first") else index[1::-1]
    if time >= len(sizes) or batch >= sizes[time]:
        return _filled(step, position)
    return _moved(step, values["input"], (sum(sizes[:time]) + batch, *index[2:]), position)


def _of_a_list(step: Step, index: Index, position: Position) -> Arithmetic:
    """`pad_sequence`, of sequences that are filled up behind, or in front."""
    values = step.call.values
    batch, time = index[:2] if values.get("batch_first") else index[1::-1]
    sequences = values["input"]
    lengths = [len(tensor_of(sequence)) for sequence in sequences]
    if values.get("padding_side", "right") == "left":
        time -= max(lengths) - lengths[batch]
    if not 0 <= time < lengths[batch]:
        return _filled(step, position)
    return _moved(step, sequences[batch], (time, *index[2:]), position)


def _moved(step: Step, operand: Any, place: Index, position: Position) -> Arithmetic:
    value = float(tensor_of(operand)[place])
    (where,) = places_of(operand, [place])
    term = Term(value, where, 1.0, value, input=which_input(step, operand))
    figures = f"{operand.name if isinstance(operand, Step) else 'a constant'}: {short(value)}"
    return Arithmetic(position, "copy", (term,), value, symbols="O = the value of this sequence at this time",
                      figures=figures)  # fmt: skip


def _filled(step: Step, position: Position) -> Arithmetic:
    value = float(step.call.values.get("padding_value") or 0.0)
    term = Term(value, None, 1.0, value, padding=True, input=len(step.origins))
    return Arithmetic(position, "copy", (term,), value, symbols="O = the padding's value",
                      figures=f"the padding's value: {short(value)}")  # fmt: skip


def _count(step: Step, lengths: Any, index: Index, position: Position) -> Arithmetic:
    """How many sequences there are at each time, or how many times of each sequence: one follows from the other."""
    values = _whole(lengths)
    places = places_of(lengths, [(i,) for i in range(len(values))])
    which = which_input(step, lengths)
    terms = tuple(
        Term(v, where, 1.0, float(v > index[0]), input=which) for v, where in zip(values, places, strict=True)
    )
    total = float(sum(value > index[0] for value in values))
    figures = f"of {listed([str(value) for value in values])}, {total:g} are larger than {index[0]}"
    return Arithmetic(
        position, "function", terms, total, symbols="O[k] = how many I are larger than k", figures=figures
    )


def _counts(lengths: Any, times: int) -> list[int]:
    return [sum(length > time for length in _whole(lengths)) for time in range(times)]


def _whole(tensor: Any) -> list[int]:
    return [int(value) for value in tensor_of(tensor)]


def _in_order(batch: int, time: int, batch_first: bool) -> Index:
    return (batch, time) if batch_first else (time, batch)


def _words(step: Step) -> Iterator[str]:
    if step.attributes.get("part") == 1:
        each = "time, how many sequences have one" if step.op == "pack_padded_sequence" else "sequence, how long it is"
        yield f"For each {each}."
    elif step.op == "pack_padded_sequence":
        sequences = len(_whole(step.call.values["lengths"]))
        yield f"{counted(sequences, 'sequence')} are laid out time by time, without what fills the shorter ones up."
    else:
        yield "Sequences of several lengths become one tensor: what the shorter ones lack is filled up."


def _back(step: Step) -> Iterator[str]:
    yield "Each gradient goes back to the sequence and the time that its value came from, unchanged."
    filled = step.output.numel() - sum(origin.output.numel() for origin in step.origins)
    if filled > 0:
        yield f"What goes back to the {filled:,} values that only fill shorter sequences up is lost: nobody made them."


KIND = Kind(
    name="reshaping",
    operations={
        "pack_padded_sequence": "input lengths batch_first",
        "pad_packed_sequence": "input batch_sizes batch_first padding_value total_length",
        "pad_sequence": "input batch_first padding_value padding_side",
    },
    field=mixing.of_all,
    sum=_sum,
    words=_words,
    back=_back,
)
