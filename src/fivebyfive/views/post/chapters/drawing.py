"""Which figure shows a step, and its formulas: with symbols, and with the numbers of its telling value."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fivebyfive.errors import InputError
from fivebyfive.explain.kinds import home
from fivebyfive.views.guard import guarded, words
from fivebyfive.views.post.article import Block, Bullets, Figure, Formulas, Maths, Mono, said, sentence
from fivebyfive.views.post.figures import (
    attention,
    curve,
    dropout,
    joining,
    normalization,
    pooling,
    products,
    recurrent,
    reshaping,
    window,
)
from fivebyfive.views.post.subject import Subject

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.views.post.panel import Panel

LONGEST = 420
"""Characters of a formula with numbers; a longer one tells nobody anything."""
_CAPTIONS = {
    "convolution": "The window slides over {origin}. At its place it covers values, each meets a weight of the filter, "
    "and the products add up to one value of {name}.",
    "pooling": "Each window of {origin} becomes one value of {name}.",
    "reshaping": "{origin} becomes {name}: no value changes, each gets another place.",
    "fully connected": "The strongest products behind one value of {name}.",
    "dropout": "Values before and after {name}. In training some become 0, and what is kept is divided by the "
    "probability to keep it.",
    "activation": "What {name} makes of each value.",
    "normalization": "The values of one channel before and after {name}.",
    "joining": "What meets in {name}.",
    "attention": "Which keys the queries of {name} look at.",
    "recurrent": "What {name} remembers, and the gates behind one number of it.",
}


def figure(subject: Subject, step: "Step", name: str) -> list[Block]:
    """The step's figure, if there is one for its kind."""
    panels = guarded(step, "The figure", lambda s: _panels(subject, s), lambda _: [])
    if not panels:
        return []
    text = _CAPTIONS.get(step.kind, "The strongest products behind one value of {name}.")
    caption = text.format(name=step.name, origin=step.origins[0].name if step.origins else "the input")
    return [Figure(name, caption, tuple(panels))]


def _panels(subject: Subject, step: "Step") -> "Sequence[Panel]":
    place = subject.place(step)
    kind = home(step.op)
    single = kind.single(step) if kind is not None and kind.single is not None else None
    own: dict[str, Callable[[], Sequence[Panel]]] = {
        "convolution": lambda: window.panels(step, place) if "kernel" in step.attributes else [],
        "pooling": lambda: pooling.panels(step, place),
        "reshaping": lambda: reshaping.panels(step, place),
        "dropout": lambda: dropout.panels(step),
        "activation": lambda: curve.panels(step, single, place),
        "normalization": lambda: normalization.panels(step, place),
        "joining": lambda: joining.panels(step, place),
        "attention": lambda: attention.panels(step, place),
        "recurrent": lambda: recurrent.panels(step, place),
    }
    drawn = own[step.kind]() if step.kind in own else []
    if drawn or step.kind in ("reshaping", "dropout"):
        return drawn
    return products.panels(step, place) or curve.panels(step, single, place)


def in_numbers(step: "Step") -> list[Block]:
    """The step's own words; its formula stands by itself."""
    items = [sentence(text) for text in words(step)]
    plain = tuple(item for item in items if not any(isinstance(part, Maths) for part in item))
    return [said("In numbers, ", Mono(step.name), ":"), Bullets(plain)] if plain else []


def formulas(subject: Subject, step: "Step", *, symbols: bool = True) -> list[Block]:
    """How one value of the step came about, and where that value lies; without symbols, where these were said."""
    y, x, channel = subject.place(step)
    try:
        found = step.arithmetic(y, x, channel)
    except InputError:
        return []
    if found.operation == "copy" and step.op not in ("reshape", "view", "flatten"):
        return []
    place = f"number {channel}" if step.size[:2] == (1, 1) else f"y = {y}, x = {x}, channel {channel}"
    first = "As a formula, and with the numbers of the value at" if symbols else "With the numbers of the value at"
    intro = said(f"{first} {place} of ", Mono(step.name), ":")
    rows = [found.symbols if symbols else "", _named(step, found.figures)]
    return [intro, Formulas(tuple(row for row in rows if row and len(row) <= LONGEST))]


def _named(step: "Step", figures: str) -> str:
    """Where the numbers name a step whose value was taken, I stands for it, as in the symbols."""
    for origin in step.origins:
        figures = figures.replace(f"{origin.name}[", "I[")
    return figures
