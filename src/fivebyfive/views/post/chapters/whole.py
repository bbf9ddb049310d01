"""Chapter 2, the network as a whole: the big picture, in more detail, and how many kinds of layers there are."""

from collections import Counter

from fivebyfive.explain.layout import size_text
from fivebyfive.views.diagram import diagram
from fivebyfive.views.layers import layers
from fivebyfive.views.post.article import Block, Bullets, Figure, Section, said
from fivebyfive.views.post.chapters.naming import in_order, layers_called, spelled
from fivebyfive.views.post.figures import gallery, reshaping
from fivebyfive.views.post.subject import Subject
from fivebyfive.writing import count


def sections(subject: Subject) -> list[Section]:
    """What goes in, the two drawings, and the kinds of layers."""
    return [
        Section("What the code computes", 2, (_size(subject),)),
        Section("What goes in", 3, tuple(subject.told("input", _picture(subject)))),
        Section("The big picture", 3, (*subject.told("big-picture", _drawn(subject, False)), *subject.told("batches"))),
        Section("In more detail", 3, (*_drawn(subject, True), *_kinds(subject))),
    ]


def _picture(subject: Subject) -> list[Block]:
    for step in subject.trace.steps[1:3]:
        panels = reshaping.panels(step, subject.place(step))
        if panels and step.origins[0].kind == "input":
            caption = "The picture and its list: the same numbers, row behind row."
            return [Figure("picture", caption, tuple(panels))]
    panels = gallery.of_picture(subject.trace)
    return [Figure("picture", "What goes in, channel by channel.", tuple(panels))] if panels else []


def _size(subject: Subject) -> Block:
    trace = subject.trace
    first, last = trace.steps[0], trace.returned
    macs = f" and takes {trace.macs:,} multiply-accumulates for one picture" if trace.macs else ""
    return said(
        f"{subject.name} makes {size_text(last.size)} numbers of {size_text(first.size)}, in "
        f"{count(len(trace.steps) - 2, 'step')}. It has {count(trace.parameter_count, 'parameter')}{macs}."
        if len(trace.steps) > 2
        else f"{subject.name} makes {size_text(last.size)} numbers of {size_text(first.size)}."
    )


def _drawn(subject: Subject, detail: bool) -> list[Block]:
    name, caption = (
        ("in-detail", "In more detail: kernels, what one value reads of the layer before, settings and parameters.")
        if detail
        else ("big-picture", "The big picture: each layer's maps to scale.")
    )
    again = f"trace.diagram(detail={detail})"
    return [Figure(name, caption, svg=str(diagram(subject.trace, detail=detail)), again=again)]


def _kinds(subject: Subject) -> list[Block]:
    counts = Counter(layer.kind for layer in layers(subject.trace))
    counts.pop("input", None)
    counts.pop("output", None)
    if not counts:
        return []
    number = len(counts)
    intro = f"There {'is' if number == 1 else 'are'} {spelled(number)} kind{'s' * (number > 1)} of layers here:"
    items = tuple(
        (f"{layers_called(kind)}: {times}",) for kind, times in ((kind, counts[kind]) for kind in in_order(counts))
    )
    return [
        said(intro),
        Bullets(items),
        said(
            "A bias, a normalization or an activation changes the values of a layer and makes no new one: each is "
            "counted with the layer before it here, and explained by itself below."
        ),
    ]
