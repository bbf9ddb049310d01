"""What one trace holds and lacks: for every operation so many steps, and so many without a sum, a field, words, a line.

Nothing is looked up in the package's own tables: each step is asked, as a reader would ask it. A step has a sum where
all of its five places have one; a sum is wrong where it is not the value that the network computed, or its terms do not
make it; a place is wrong where a term's value does not stand in the input that it names, at the place that it names.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

import sums
from fivebyfive.errors import InputError
from fivebyfive.explain import Arithmetic, Step, Trace

NO_WORDS = "The code calls "
"""What the words of a step say that is not known."""
EXAMPLES = 3
"""So many steps are kept for each fault of an operation."""


@dataclass
class Findings:
    """Faults by operation, with examples; and what the package said where it had no sum."""

    steps: Counter[str] = field(default_factory=Counter)
    faults: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    said: Counter[str] = field(default_factory=Counter)
    sums: int = 0
    carrying: int = 0

    def note(self, fault: str, step: Step, example: str = "") -> None:
        """One more step with this fault."""
        self.faults.setdefault(fault, Counter())[step.op] += 1
        kept = self.examples.setdefault(f"{fault}: {step.op}", [])
        if len(kept) < EXAMPLES:
            shapes = " ".join(str(list(shape)) for shape in step.input_shapes)
            kept.append(f"{step.name}: {shapes} → {list(step.output_shape)} {step.layout}. {example}".strip())

    def plain(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {
            "steps": dict(self.steps),
            "faults": {fault: dict(counts) for fault, counts in self.faults.items()},
            "examples": self.examples,
            "said": dict(self.said),
            "sums": self.sums,
            "carrying": self.carrying,
        }


def examine(trace: Trace) -> Findings:
    """Every step of `trace`, asked for all that it should have."""
    found = Findings()
    carries = _carrying(trace)
    for step in trace.steps:
        found.steps[step.op] += 1
        if step.kind == "other":
            found.note("kind other", step)
        if step.source is None and step.kind not in ("input", "output"):
            found.note("no line", step)
        if step.index in carries:
            found.carrying += 1
        _field(step, found, carries)
        _words(step, found)
        if step.output.numel():
            _sums(step, found)
    return found


def _carrying(trace: Trace) -> set[int]:
    """The steps that come of what the network was given; the others are constants that it makes itself."""
    carrying: set[int] = set()
    for step in trace.steps:
        if step.kind == "input" or carrying & set(step.inputs):
            carrying.add(step.index)
    return carrying


def _field(step: Step, found: Findings, carries: set[int]) -> None:
    try:
        if step.receptive_field is None and step.index in carries:
            found.note("no field", step)
    except Exception as error:
        found.note("field raised", step, sentence(error))


def _words(step: Step, found: Findings) -> None:
    try:
        said = " ".join(step.words())
        if not said or NO_WORDS in said:
            found.note("no words", step)
    except Exception as error:
        found.note("words raised", step, sentence(error))


def _sums(step: Step, found: Findings) -> None:
    faults = dict.fromkeys(name for place in sums.five_places(step) for name in _sum(step, place, found))
    for fault, example in faults:
        found.note(fault, step, example)


def _sum(step: Step, place: tuple[int, int, int], found: Findings) -> Iterator[tuple[str, str]]:
    """The faults of one sum."""
    found.sums += 1
    try:
        arithmetic = step.arithmetic(*place)
    except InputError as error:
        said = _without_names(sentence(error), step)
        found.said[said] += 1
        yield "no sum", said
        return
    except Exception as error:
        yield "sum raised", sentence(error)
        return
    try:
        sums.expect_total(step, arithmetic, step.value(*place), place)
        sums.expect_consistent(arithmetic, place)
    except Exception as error:
        yield "wrong sum", f"{arithmetic.total:.7g}, the network has {step.value(*place):.7g}" + _other_than(error)
    try:
        if wrong := _misplaced(step, arithmetic):
            yield "wrong place", wrong
    except Exception as error:
        yield "wrong place", sentence(error)


def _misplaced(step: Step, arithmetic: Arithmetic) -> str:
    """The first term that names a place where another value stands; "" where there is none."""
    relative = sums.of_a_term(step)
    for number, origin in enumerate(step.origins):
        terms = [t for t in arithmetic.terms if t.input == number and t.position is not None and not t.padding]
        if not terms:
            continue
        positions = [t.position for t in terms if t.position is not None]
        y, x, channel = torch.tensor(positions).T
        height, width, channels = origin.size
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width) & (channel >= 0) & (channel < channels)
        if not bool(inside.all()):
            return f"{positions[int((~inside).nonzero()[0])]} lies outside of {origin.name}, {origin.size}"
        there = origin.maps[channel, y, x].double()
        named = torch.tensor([t.value for t in terms], dtype=torch.float64)
        same = torch.isclose(named, there, rtol=relative, atol=1e-12, equal_nan=True)
        if not bool(same.all()):
            at = int((~same).nonzero()[0])
            many = f"{int((~same).sum())} of {len(terms)} terms"
            return (
                f"{many}: {float(named[at]):.7g} at {positions[at]} of {origin.name}, where {float(there[at]):.7g} is"
            )
    return ""


def _without_names(sentence: str, step: Step) -> str:
    """A sentence with the step's name, and all numbers, taken out, so that those of one sort are one."""
    return re.sub(r"-?\d+(\.\d+)?(e-?\d+)?", "…", sentence.replace(step.name, "STEP"))


def sentence(error: BaseException) -> str:
    said = " ".join(str(error).split())[:200]
    return said if isinstance(error, InputError) else f"{type(error).__name__}: {said}"


def _other_than(error: BaseException) -> str:
    return "" if isinstance(error, AssertionError) else f" ({sentence(error)})"
