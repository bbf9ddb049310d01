"""The answer: each class with its probability, as a bar."""

from typing import TYPE_CHECKING

from fivebyfive.views.post.panel import Panel, line, rectangle, wide_title, words
from fivebyfive.writing import count

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

SHOWN = 10
BAR = 240.0


def panels(trace: "Trace") -> list[Panel]:
    """Every class in its own order, or, of many, the most probable; none where the answer is no list of classes."""
    if not trace.prediction:
        return []
    few = len(trace.classes) <= SHOWN
    known = dict(trace.prediction)
    shown = [(label, known[label]) for label in trace.classes] if few else trace.prediction[:SHOWN]
    names = max(wide_title(_short(label)) for label, _ in shown)
    title = "the probability of each class" if few else f"the most probable of {count(len(trace.classes), 'class')}es"
    title = title.replace("classses", "classes")
    elements = [words(0, 12, title, "title")]
    best = trace.prediction[0][0]
    for n, (label, probability) in enumerate(shown):
        y = 22 + 22 * n
        font = "title" if label == best else "note"
        elements += [
            words(names, y + 15, _short(label), font, "end"),
            rectangle(names + 10, y + 4, probability * BAR, 14, "above"),
            words(names + 16 + probability * BAR, y + 15, f"{probability:.2%}", font),
        ]
    bottom = 22 + 22 * len(shown)
    elements.append(line(names + 10, 20, names + 10, bottom))
    return [Panel(tuple(elements), names + BAR + 70, bottom + 4)]


def _short(label: str) -> str:
    return label if len(label) <= 24 else f"{label[:23]}…"
