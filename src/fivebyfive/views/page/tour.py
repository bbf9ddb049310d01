"""The tour as the page reads it: the field ``lesson``, the stops as plain values.

A part of a sentence is a text, or ``{step, what}``: a number that js/lesson/filled.js takes from the picture shown.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fivebyfive.lesson import lesson
from fivebyfive.views.guard import guarded

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace


def stops(trace: "Trace") -> list[dict[str, Any]]:
    """Every stop, as JSON has it; none where a stranger's network has what the tour cannot speak of."""
    return guarded(trace.steps[-1], "The tour", lambda _: [asdict(stop) for stop in lesson(trace)], lambda _: [])
