"""Two traces beside each other: the same step of both, how far its values are apart, and where the ways part.

How far a step is apart is the root mean square of A − B; its `relative` difference is that beside the root mean square
of A.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.description import plain
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.pairing import paired
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.portable import network_name
from fivebyfive.text import printable
from fivebyfive.writing import count, part

if TYPE_CHECKING:
    from fivebyfive.views.page.envelope import Part

SAME = 1e-5
"""Up to this part of their size, values of two ways are the same: rounding moves them so far."""
NAMED = 6
"""Steps without a partner that are named before the others are counted."""
MEASURE = "the root mean square of A − B beside that of A"


@dataclass(frozen=True)
class Apart:
    """How far two maps of one shape are apart.

    Attributes:
        size: the root mean square of A.
        difference: the root mean square of A − B.
        largest: the value of A − B that is farthest from 0.
        place: where that is, (y, x, channel).
    """

    size: float
    difference: float
    largest: float
    place: Position

    @property
    def relative(self) -> float:
        """The difference beside the size; infinite where A is all zero, and B is not."""
        if self.difference == 0:
            return 0.0
        return self.difference / self.size if self.size else self.difference * inf


@dataclass(frozen=True, eq=False)
class Pair:
    """A step of A and its partner in B.

    Attributes:
        apart: None where their shapes differ, or there are no values.
        came: the largest relative difference among what goes into both; 0 where nothing does, None where an input has
            no partner or cannot be compared.
        alike: both are the same picture, whatever shape each network takes it in.
    """

    first: Step
    second: Step
    apart: Apart | None
    came: float | None
    alike: bool = False

    @property
    def differs(self) -> bool:
        """Whether it is more than rounding."""
        if self.apart is None:
            return self.first.size != self.second.size and not self.alike
        return not self.apart.relative <= SAME

    @property
    def factor(self) -> float | None:
        """How many times as far apart it is as what came in; None where that was the same, or is not known."""
        if self.apart is None or self.came is None or not SAME < self.came < inf:
            return None
        return self.apart.relative / self.came if isfinite(self.apart.relative) else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two traces beside each other, A and B.

    Attributes:
        names: what A and B are called.
        pairs: the steps that are in both, in the order in which they ran.
        only_first: the steps of A without a partner; only_second: those of B.
    """

    first: Trace
    second: Trace
    names: tuple[str, str]
    pairs: list[Pair] = field(repr=False)
    only_first: list[Step] = field(repr=False)
    only_second: list[Step] = field(repr=False)

    @cached_property
    def parting(self) -> Pair | None:
        """Where the ways part: the first step in both that differs; None where none does."""
        return next((pair for pair in self.pairs if pair.differs), None)

    @cached_property
    def grows(self) -> Pair | None:
        """Where the difference grows most beside what came in; None where it grows nowhere."""
        return self._most(_factor, 1 + SAME)

    @cached_property
    def falls(self) -> Pair | None:
        """Where the difference falls most; None where it falls nowhere."""
        return self._most(lambda pair: -_factor(pair), -1 + SAME)

    @cached_property
    def farthest(self) -> Pair | None:
        """The step in both that is farthest apart, beside its size; None where nothing differs."""
        return self._most(lambda pair: nan if pair.apart is None else pair.apart.relative, SAME)

    def _most(self, of: Callable[[Pair], float], bound: float) -> Pair | None:
        """The first pair with the largest of these numbers; of those that are finite and above `bound`."""
        return max((pair for pair in self.pairs if bound < of(pair) < inf), key=of, default=None)

    def words(self) -> list[str]:
        """Which steps are in both, where the ways part, where the difference grows and falls, what comes of it."""
        return [*self._steps(), *self._parted(), *self._changed(), *self._answers()]

    def _steps(self) -> list[str]:
        if not (self.only_first or self.only_second):
            return []
        both, a, b = len(self.pairs), len(self.first.steps), len(self.second.steps)
        alone = {"A": self.only_first, "B": self.only_second}
        only = [f"Only in {name}: {_named(steps)}." for name, steps in alone.items() if steps]
        return [f"{count(both, 'step')} of A's {a} and B's {b} {'is' if both == 1 else 'are'} in both.", *only]

    def _parted(self) -> list[str]:
        parting = self.parting
        if parting is None:
            exact = all(p.apart is None or p.apart.difference == 0 for p in self.pairs)
            return ["All values are the same." if exact else "All values are the same, up to rounding."]
        name = parting.first.name
        if parting.apart is None:
            a, b = size_text(parting.first.size), size_text(parting.second.size)
            return [f"The ways part at {name}: in A it is {a}, in B {b}."]
        by = _by(parting.apart)
        if not parting.first.inputs:
            return [f"What goes in differs already: {name} by {by}."]
        if parting.came is None:
            return [f"The first step in both whose values differ is {name}, by {by}."]
        return [f"The ways part at {name}: what comes in is the same, and what comes out differs, by {by}."]

    def _changed(self) -> list[str]:
        said = []
        if self.farthest is not None and self.farthest.apart is not None and self.farthest is not self.parting:
            said.append(f"They are farthest apart at {self.farthest.first.name}: {part(self.farthest.apart.relative)}.")
        for pair, how in ((self.grows, "grows"), (self.falls, "falls")):
            if pair is not None and pair.apart is not None and pair.came is not None:
                way = f"from {part(pair.came)} to {part(pair.apart.relative)}"
                said.append(f"The difference {how} most at {pair.first.name}: {way}.")
        return said

    def _answers(self) -> list[str]:
        if not (self.first.prediction and self.second.prediction):
            return []
        (a, p), (b, q) = self.first.prediction[0], self.second.prediction[0]
        if a == b:
            return [f"Both answer {a}: A with {part(p)}, B with {part(q)}."]
        return [f"A answers {a} ({part(p)}), B {b} ({part(q)})."]

    def description(self) -> dict[str, Any]:
        """The comparison without the maps, as plain values for JSON."""
        sides = zip(self.names, (self.first, self.second), strict=True)
        said = [
            {"name": name, "network": network_name(trace.network),
             "prediction": [{"label": label, "probability": p} for label, p in trace.prediction]}
            for name, trace in sides
        ]  # fmt: skip
        marked = {"parting": self.parting, "farthest": self.farthest, "grows": self.grows, "falls": self.falls}
        return {
            "first": said[0],
            "second": said[1],
            "pairs": [_described(pair) for pair in self.pairs],
            "only_first": [step.name for step in self.only_first],
            "only_second": [step.name for step in self.only_second],
            **{name: None if pair is None else pair.first.name for name, pair in marked.items()},
            "words": self.words(),
        }

    def to_html(self, path: str | Path, film: "Part | None" = None) -> None:
        """Write A's interactive page with B beside it, one file that works offline.

        Args:
            film: of the training of A's network, as `fivebyfive.screening.screened` has it.
        """
        from fivebyfive.views.page import write_comparison

        write_comparison(self, Path(path), film)

    def __repr__(self) -> str:
        return "\n".join([f"<Comparison: A {self.names[0]}, B {self.names[1]}>", *self.words()])


def compare(first: Trace, second: Trace, *, names: tuple[str, str] | None = None) -> Comparison:
    """Two traces beside each other: of two pictures, of two networks, or of one network before and after.

    Of a trace that holds several pictures, the first one is compared.

    Args:
        names: what the two are called; the names of their networks where none are given.

    Raises:
        InputError: one of them is no trace.
    """
    for given in (first, second):
        if not isinstance(given, Trace):
            raise InputError(f"compare takes two traces, not {type(given).__name__}; explain(network, image) gives one")
    pairs = paired(first.steps, second.steps)
    known: dict[int, tuple[int, Apart | None]] = {}
    found = []
    for i, j in pairs:
        a, b = first.steps[i], second.steps[j]
        known[i] = j, apart(a.maps, b.maps)
        alike = a.kind == b.kind == "input" and _same_picture(first, second)
        found.append(Pair(a, b, known[i][1], _came(a, b, known), alike))
    alone = [
        [step for step in trace.steps if step.index not in {pair[side] for pair in pairs}]
        for side, trace in enumerate((first, second))
    ]
    one, other = names or (network_name(first.network), network_name(second.network))
    return Comparison(first, second, (printable(one), printable(other)), found, *alone)


def apart(first: Tensor, second: Tensor) -> Apart | None:
    """How far two maps [channels, height, width] are apart; None where they differ in shape or hold nothing.

    The same infinity, or no number, in both is no difference; in one alone, the difference is no number either.
    """
    if first.shape != second.shape or not first.numel():
        return None
    a, b = first.detach().double(), second.detach().double()
    same = (a == b) | (a.isnan() & b.isnan())
    difference = torch.where(same, torch.zeros_like(a), a - b)
    worst = int(difference.abs().nan_to_num(nan=inf).argmax())
    channel, y, x = (int(i) for i in torch.unravel_index(torch.tensor(worst), a.shape))
    return Apart(_size(a), _size(difference), float(difference[channel, y, x]), (y, x, channel))


def _same_picture(first: Trace, second: Trace) -> bool:
    return first.image is not None and second.image is not None and np.array_equal(first.image, second.image)


def _factor(pair: Pair) -> float:
    return nan if pair.factor is None else pair.factor


def _size(values: Tensor) -> float:
    return float(values.square().mean().sqrt())


def _came(a: Step, b: Step, known: dict[int, tuple[int, Apart | None]]) -> float | None:
    """How far what goes into both is apart at most."""
    most = 0.0
    if len(a.inputs) != len(b.inputs):
        return None
    for i, j in zip(a.inputs, b.inputs, strict=True):
        partner, found = known.get(i, (None, None))
        if partner != j or found is None or isnan(found.relative):
            return None
        most = max(most, found.relative)
    return most


def _by(found: Apart) -> str:
    if isnan(found.difference):
        return "values that are no numbers"
    return f"{part(found.relative)} ({MEASURE})" if found.size else "all that B holds, for in A every value is 0"


def _described(pair: Pair) -> dict[str, Any]:
    found = pair.apart
    described = {
        "index": [pair.first.index, pair.second.index],
        "name": pair.first.name,
        "op": pair.first.op,
        "shapes": [list(pair.first.output_shape), list(pair.second.output_shape)],
        "came": pair.came,
        "size": None if found is None else found.size,
        "difference": None if found is None else found.difference,
        "relative": None if found is None else found.relative,
        "largest": None if found is None else found.largest,
    }
    place = None if found is None else dict(zip(("y", "x", "channel"), found.place, strict=True))
    return {key: plain(value) for key, value in described.items()} | {"place": place}


def _named(steps: Sequence[Step]) -> str:
    said = ", ".join(step.name for step in steps[:NAMED])
    return said if len(steps) <= NAMED else f"{said} and {len(steps) - NAMED} more"
