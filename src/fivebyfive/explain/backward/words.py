"""The way back through a step in plain words: what its kind says (`kinds/`), and what is true of any step."""

from collections.abc import Iterator

import torch

from fivebyfive.explain.backward.numbers import size
from fivebyfive.explain.backward.sums import why_none
from fivebyfive.explain.kinds import home
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Step


def back_words(step: Step) -> list[str]:
    """How the gradient goes back through `step`, with its own numbers."""
    if step.gradient is None:
        said = why_none(step)
        return [f"{said[0].upper()}{said[1:]}."]
    kind = home(step.op)
    known = kind is not None and kind.back is not None and bool(step.call.values or step.kind in ("input", "output"))
    own = kind.back(step) if kind is not None and kind.back is not None and known else _of_any(step)
    return [*own, *_size(step), *_several(step)]


def _of_any(step: Step) -> Iterator[str]:
    if step.call.function is None:
        yield f"{step.name} was made where Python cannot watch: autograd knows its way back, but cannot be asked here."
    else:
        yield f"What {step.op} took gets the gradient times how much its result grows with it; PyTorch knows how much."


def _several(step: Step) -> Iterator[str]:
    reached = [consumer for consumer in step.consumers if consumer.gradient is not None]
    if len(reached) > 1:
        names = ", ".join(consumer.name for consumer in reached[:4]) + (" …" if len(reached) > 4 else "")
        yield f"{len(reached)} later steps took it ({names}): what they pass back is added up."


def _size(step: Step) -> Iterator[str]:
    gradient = step.gradient
    assert gradient is not None
    zeros = int((gradient == 0).sum())
    if zeros == gradient.numel():
        yield "Its gradient is 0 everywhere: nothing before it learns anything by this way."
        return
    sizes = gradient.abs().double()
    largest = float(sizes.max())
    without = f"; {zeros:,} of {counted(gradient.numel(), 'value')} have none" if zeros else ""
    if not torch.isfinite(sizes).all():
        yield "Its gradient holds numbers that are not finite: a step of training would ruin the weights."
        return
    yield f"Its gradient is {size(gradient):.3g} large on average, {largest:.3g} at most{without}."
