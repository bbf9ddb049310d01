"""The account of one number: what pixels and maps contributed, what each step added, and that it all adds up."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.class_names import index_of_class, names_of
from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of
from fivebyfive.explain.why import cam, covering, telling
from fivebyfive.explain.why.sweep import Share, Swept, inner, products, sweep
from fivebyfive.explain.why.target import Class, Target, target_of

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

NEAR = 1e-4
"""So far the account may be off, as a part of what was added up."""


@dataclass(eq=False)
class Why:
    """Why a network gave a class its number: contributions, which are values times their gradients.

    Attributes:
        trace: whose answer it is.
        target: where the number stands.
        class_: the class's name.
        instead_of: the other class's, where the number is how far the one is above the other; else None.
        value: the number: a logit, or the difference of two.
        pixels: what each value of the picture contributed, doubles [channels, height, width]; of several inputs, of the
            first that is of numbers with a fraction.
        inputs: the sum of what each input contributed, by its step's name.
        shares: what the steps added by themselves, in order: biases, curves, holes.
        swept: the gradients behind it.
        places: which classes these are.
    """

    trace: "Trace" = field(repr=False)
    target: Target = field(repr=False)
    class_: str
    instead_of: str | None
    value: float
    pixels: Tensor = field(repr=False)
    inputs: Mapping[str, float] = field(repr=False)
    shares: tuple[Share, ...] = field(repr=False)
    swept: Swept = field(repr=False)
    places: tuple[int, int | None] = field(repr=False)

    @cached_property
    def maps(self) -> dict[str, Tensor]:
        """What each map of each step on the way contributed: doubles [channels], by the step's name."""
        steps = (self.trace.steps[index] for index in sorted(self.swept.gradients))
        return {step.name: self.of(step.name).sum((1, 2)) for step in steps}

    def of(self, step: str | int) -> Tensor:
        """What each value of a step contributed: value × gradient, doubles [channels, height, width].

        Raises:
            InputError: there is no such step, or the number does not hang on it.
        """
        found = self.trace[step]
        return as_maps(products(self.gradient(found), tensor_of(found)), found.layout)

    def gradient(self, step: Step) -> Tensor:
        """How much the number grows with each value of the step, in its output's shape.

        Raises:
            InputError: the number does not hang on the step.
        """
        if step.index not in self.swept.gradients:
            raise InputError(f"{self.said} does not hang on {step.name}, or it comes after it: ask an earlier step")
        return self.swept.gradients[step.index]

    @property
    def said(self) -> str:
        """The number in words: "the logit of 7", "the logit of 9 over that of 4"."""
        what = "logit" if self.target.ends else telling.kind_of_number(self.trace)
        over = "" if self.instead_of is None else f" over that of {self.instead_of}"
        return f"the {what} of {self.class_}{over}"

    @property
    def total(self) -> float:
        """What the contributions of the inputs and the steps' own shares add up to."""
        return math.fsum([*self.inputs.values(), *(share.amount for share in self.shares)])

    @property
    def left(self) -> float:
        """How far that is from the number."""
        return self.value - self.total

    @property
    def holes(self) -> tuple[Share, ...]:
        """The steps where a value hangs on the picture in a way that has no slope, or was not watched."""
        return tuple(share for share in self.shares if share.sort == "hole")

    def check(self) -> float:
        """How far the account is off, at worst, as a part of what it adds up: at the inputs, and at every step alone.

        Where everything goes through one step, its maps' contributions and the shares of the later steps are the
        number too.

        Raises:
            Failure: it does not add up.
        """
        worst = 0.0
        for index in self.swept.alone:
            step = self.trace.steps[index]
            later = [share.amount for share in self.shares if share.index > index]
            here = inner(self.gradient(step), tensor_of(step))
            sizes = max(abs(self.value), math.fsum(map(abs, [here, *later])), 1e-30)
            worst = max(worst, abs(self.value - math.fsum([here, *later])) / sizes)
        sizes = max(
            abs(self.value), math.fsum(abs(n) for n in [*self.inputs.values(), *(s.amount for s in self.shares)])
        )
        worst = max(worst, abs(self.left) / max(sizes, 1e-30))
        if not worst <= NEAR:
            raise Failure(f"the account of {self.said} does not add up: it is off by {worst:.3g} of what it adds up")
        return worst

    def grad_cam(self, step: str | int | None = None) -> "cam.Cam":
        """Where in the picture the maps of a step speak for the class; see `cam.grad_cam`."""
        return cam.grad_cam(self, step)

    def cover(self, y: int, x: int, size: int = 1, fill: float = 0.0) -> "covering.Changed":
        """What the network answers with a patch of the picture covered; see `covering.cover`."""
        return covering.cover(self, y, x, size, fill)

    def without(self, step: str | int, channel: int) -> "covering.Changed":
        """What the network answers with one map of a step switched off; see `covering.without`."""
        return covering.without(self, step, channel)

    def occlusion(self, size: int | None = None, stride: int | None = None) -> "covering.Occlusion":
        """A patch slid over the whole picture; see `covering.occlusion`."""
        return covering.occlusion(self, size, stride)

    def switched_off(self, step: str | int) -> "covering.SwitchedOff":
        """The answer with each map of a step switched off alone; see `covering.switched_off`."""
        return covering.switched_off(self, step)

    def notes(self) -> list[str]:
        """What it says, with its numbers, and where it has a hole."""
        return telling.notes(self)

    def words(self) -> list[str]:
        """The same, and what such an account cannot tell."""
        return [*self.notes(), *telling.LIMITS]

    def description(self) -> dict[str, Any]:
        """The account without its maps' values, as plain values for JSON."""
        return telling.described(self)

    def _repr_html_(self) -> str:
        from fivebyfive.views.why import html

        return html(self)


def why(trace: "Trace", class_: Class | None = None, instead_of: Class | None = None) -> Why:
    """The account of a class of `trace`, or of one class rather than another.

    Args:
        class_: by name or number; by default the answer, or with `instead_of` alone the answer rather than that.

    Raises:
        InputError: there is no such class, the trace holds several pictures, or its weights were changed since.
    """
    _expect_one_picture(trace)
    target = target_of(trace)
    count = target.step.output.numel()
    names = names_of(trace.classes, count)
    answer = names.index(trace.prediction[0][0]) if trace.prediction else 0
    index = answer if class_ is None else index_of_class(class_, names, count)
    other = None if instead_of is None else index_of_class(instead_of, names, count)
    if other == index:
        raise InputError(f"{names[index]} instead of {names[index]} is no question; give another class")
    swept = sweep(trace.steps, target.step, target.direction(index, other))
    given = [step for step in trace.steps if step.kind == "input" and step.index in swept.gradients]
    return Why(
        trace=trace,
        target=target,
        class_=names[index],
        instead_of=None if other is None else names[other],
        value=target.value(index, other),
        pixels=_pixels(trace, swept, given),
        inputs={step.name: inner(swept.gradients[step.index], tensor_of(step)) for step in given},
        shares=swept.shares,
        swept=swept,
        places=(index, other),
    )


def _pixels(trace: "Trace", swept: Swept, given: list[Step]) -> Tensor:
    """The picture's contributions as maps; nothing where the number hangs on no input in a way that has a slope."""
    if not given:
        step = next(step for step in trace.steps if step.kind == "input")
        return torch.zeros(step.maps.shape, dtype=torch.float64)
    step = given[0]
    found = products(swept.gradients[step.index], tensor_of(step))
    picture = step.attributes.get("picture")
    if picture is not None:
        return found.reshape(picture).permute(2, 0, 1)
    return as_maps(found, step.layout)


def _expect_one_picture(trace: "Trace") -> None:
    for step in trace.steps:
        letters = "NC" if step.layout == "flat" else step.layout
        if step.kind == "input" and "N" in letters and letters != "other":
            pictures = step.output.shape[letters.index("N")]
            if pictures > 1:
                raise InputError(f"this trace holds {pictures} pictures; explain one of them alone to ask why")
