"""The tour as the page reads it: the field ``lesson``, the stops as plain values.

A part of a sentence is a text, or ``{step, what}``: a number that js/lesson/filled.js takes from the picture shown.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fivebyfive.lesson import lesson

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace


def stops(trace: "Trace") -> list[dict[str, Any]]:
    """Every stop, as JSON has it."""
    return [asdict(stop) for stop in lesson(trace)]
