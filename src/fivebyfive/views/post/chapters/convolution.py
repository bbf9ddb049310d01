"""The section on convolution: what it is for, one number of it, channels, weights, strides, padding, bias."""

from typing import TYPE_CHECKING

from fivebyfive.views.guard import guarded
from fivebyfive.views.post.article import Block, Figure
from fivebyfive.views.post.chapters.drawing import figure, formulas, in_numbers
from fivebyfive.views.post.figures import gallery, padding, window
from fivebyfive.views.post.subject import Subject

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def blocks(subject: Subject, first: "Step") -> list[Block]:
    """What the tour says of it, with figures; of a network where the tour finds no filters, the first step's words."""
    step = _of(subject, "number", first)
    deep, padded = (_of(subject, name, first) for name in ("channels", "padding"))
    shown = [*figure(subject, step, "window"), *formulas(subject, step, symbols="number" not in subject.stops)]
    return [
        *subject.code(step),
        *subject.told("convolution", _filters(subject, step)),
        *subject.told("number", shown),
        *in_numbers(step),
        *subject.told("channels", _channels(subject, deep)),
        *subject.told("weights"),
        *subject.told("strides"),
        *subject.told("padding", _padding(padded)),
        *(subject.told("bias") if _of(subject, "bias", first).kind == "convolution" else []),
    ]


def _of(subject: Subject, name: str, otherwise: "Step") -> "Step":
    """The step that a stop is about."""
    stop = subject.stops.get(name)
    return otherwise if stop is None or stop.step is None else subject.trace.steps[stop.step]


def _filters(subject: Subject, step: "Step") -> list[Block]:
    seen = _of(subject, "convolution", step)
    if seen.size[:2] == (1, 1) or seen.size[2] < 2:
        return []
    panels = guarded(step, "The figure", lambda s: gallery.panels(s, seen), lambda _: [])
    above = "; above each its filter" if step.origins and step.origins[0].size[2] == 1 else ""
    caption = f"Of the {seen.size[2]} maps of {seen.name}, those that hold the most{above}."
    return [Figure("filters", caption, tuple(panels))] if panels else []


def _channels(subject: Subject, step: "Step") -> list[Block]:
    panels = guarded(step, "The figure", lambda s: window.of_channels(s, subject.place(s)), lambda _: [])
    caption = f"One value of {step.name} is a sum over all channels that go in; the strongest ones are drawn."
    return [Figure("channels", caption, tuple(panels))] if panels else []


def _padding(step: "Step") -> list[Block]:
    a = step.attributes
    if "kernel" not in a or a.get("transposed") or len(a["kernel"]) != 2 or not step.origins:
        return []
    panels = guarded(step, "The figure", padding.panels, lambda _: [])
    caption = f"The padding of {step.name}; red is the first window, dashed red the next one."
    return [Figure("padding", caption, tuple(panels))] if panels else []
