"""The kinds of layers, each once: its lines, what it does, its figure, its question, its formula and what it costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fivebyfive.explain.layout import size_text
from fivebyfive.views.guard import words
from fivebyfive.views.post.article import Block, Bullets, Fold, Mono, Section, Table
from fivebyfive.views.post.chapters import convolution
from fivebyfive.views.post.chapters.drawing import figure, formulas, in_numbers
from fivebyfive.views.post.chapters.naming import in_order, question
from fivebyfive.views.post.subject import Subject

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

MOST_FORMS = 4
"""Forms of one kind that are shown; further ones are named."""
MOST_ROWS = 6
"""Rows of a table that are shown at once."""
_TOLD = {
    "activation": "activation", "pooling": "pooling", "reshaping": "reshaping", "fully connected": "fully-connected",
    "dropout": "dropout",
}  # fmt: skip


def sections(subject: Subject) -> list[Section]:
    """One for each kind that this network has, in the order of the post."""
    by_kind: dict[str, list[Step]] = {}
    for step in subject.trace.steps:
        if step.kind not in ("input", "output"):
            by_kind.setdefault(step.kind, []).append(step)
    return [Section(question(kind), 3, tuple(_blocks(subject, kind, by_kind[kind]))) for kind in in_order(by_kind)]


def _blocks(subject: Subject, kind: str, steps: "Sequence[Step]") -> list[Block]:
    forms = _forms(steps)
    if kind == "convolution":
        blocks = convolution.blocks(subject, forms[0])
    else:
        first = _told_of(subject, kind) or forms[0]
        forms = [first, *(step for step in forms if _form(step) != _form(first))]
        drawn = figure(subject, first, _slug(first))
        told = subject.told(_TOLD.get(kind, ""), drawn)
        blocks = [*subject.code(first), *told, *in_numbers(first), *formulas(subject, first)]
        bias = subject.stops.get("bias")
        if bias is not None and bias.step is not None and subject.trace.steps[bias.step].kind == kind:
            blocks += subject.told("bias")
    for step in forms[1:MOST_FORMS]:
        blocks += [block for block in subject.code(step) if block not in blocks]
        blocks += [*figure(subject, step, _slug(step)), *in_numbers(step), *formulas(subject, step)]
    further = forms[MOST_FORMS:]
    if further:
        items = tuple((Mono(step.name), ": ", words(step)[0]) for step in further)
        blocks.append(Fold(f"{len(further)} further forms", (Bullets(items),)))
    return [*blocks, *_costs(steps)]


def _told_of(subject: Subject, kind: str) -> "Step | None":
    """The step that the tour stops at for this kind."""
    stop = subject.stops.get(_TOLD.get(kind, ""))
    return None if stop is None or stop.step is None else subject.trace.steps[stop.step]


def _forms(steps: "Sequence[Step]") -> "list[Step]":
    """The first step of each form that the kind has here."""
    found: dict[tuple[object, ...], Step] = {}
    for step in steps:
        found.setdefault(_form(step), step)
    return list(found.values())


def _form(step: "Step") -> tuple[object, ...]:
    """What steps of one kind differ in so much that each needs its own words."""
    a = step.attributes
    if step.kind == "convolution" and "kernel" in a:
        return step.op, bool(a.get("transposed")), a.get("groups", 1) > 1, max(a["kernel"]) == 1
    if step.kind == "pooling":
        return "pooling", a.get("pooling"), bool(a.get("adaptive"))
    if step.kind == "recurrent":
        return step.op, a.get("part", 0) > 0
    same = {"flatten": "reshape", "view": "reshape", "reshape_as": "reshape"}
    return (same.get(step.op, step.op.rstrip("_")),)


def _slug(step: "Step") -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in step.op.lower())
    return "-".join(part for part in kept.split("-") if part) or "step"


def _costs(steps: "Sequence[Step]") -> list[Block]:
    """All steps of a kind with their sizes and what they cost; long tables are folded."""
    rows = tuple(
        (
            step.name,
            " + ".join(size_text(origin.size) for origin in step.origins) or "—",
            size_text(step.size),
            f"{step.parameters:,}" if step.parameters else "—",
            "not counted" if step.macs is None else f"{step.macs:,}" if step.macs else "—",
        )
        for step in steps
    )
    heads = ("step", "goes in", "comes out", "parameters", "multiply-accumulates")
    kept = [n for n in range(len(heads)) if n < 3 or any(row[n] != "—" for row in rows)]
    table = Table(tuple(heads[n] for n in kept), tuple(tuple(row[n] for n in kept) for row in rows))
    if len(rows) > MOST_ROWS:
        return [Fold(f"All {len(rows)} of them, with sizes and costs", (table,))]
    return [table]
