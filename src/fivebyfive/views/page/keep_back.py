"""What a file keeps of the way back: every gradient, the larger ones in half precision, and the largest not at all.

The page works a filter's gradient out from the maps, so filters' gradients are the first to go; then the slopes of
activations, and last the gradients of the steps' own values.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.views.page import back
from fivebyfive.views.page.smaller import compressed, fitted, names

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace
    from fivebyfive.views.page.envelope import Buffers

WHAT = {
    "gradient": "gradients",
    "derivative": "slopes of activations",
    "weight-gradient": "gradients of filters, which it adds up when it is asked",
}
"""Buffers as sentences call them; the first are kept first."""


@dataclass(frozen=True)
class Kept:
    """What is kept, how many bytes that takes once it is compressed, and what to say of the rest.

    Attributes:
        rounded: the steps of whose way back something is in half precision.
    """

    buffers: "Buffers" = field(default_factory=dict)
    size: int = 0
    notes: list[str] = field(default_factory=list)
    rounded: list[int] = field(default_factory=list)


def kept(trace: "Trace", room: int) -> Kept:
    """As much of the way back as `room` bytes hold; nothing where none was traced."""
    if trace.way_back is None:
        return Kept()
    every = back.buffers(trace)
    buffers: Buffers = {name: numbers for name, numbers in every.items() if name.startswith("bias-gradient")}
    size = sum(map(compressed, buffers.values()))
    notes: list[str] = []
    rounded: set[int] = set()
    later = back.same(trace)
    for what, said in WHAT.items():
        own = {int(name.split("/")[1]): array for name, array in every.items() if name.split("/")[0] == what}
        held = fitted(own, room - size)
        size += sum(map(compressed, held.values()))
        buffers |= {f"{what}/{index}": array for index, array in held.items()}
        alike = later if what == "gradient" else {}
        whose = [(step, alike.get(step.index, step.index)) for step in trace.steps]
        out = [step for step, index in whose if index in own and index not in held]
        half = [step for step, index in whose if index in held and held[index].dtype == np.float16]
        notes += _notes(said, out, half)
        rounded.update(step.index for step in half)
    return Kept(buffers, size, notes, sorted(rounded))


def _notes(what: str, out: list["Step"], half: list["Step"]) -> list[str]:
    says = {"leaves out": out, "keeps in half precision, to three digits of the largest in each,": half}
    return [f"To stay small, this file {does} {what}: {names(steps)}." for does, steps in says.items() if steps]
