"""A view never fails as a whole: a step that cannot be shown is named in its place, and everything else is there."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

Shown = TypeVar("Shown")


def guarded(step: "Step", what: str, show: "Callable[[Step], Shown]", otherwise: Callable[[str], Shown]) -> Shown:
    """What `show` makes of `step`; where that fails, what `otherwise` makes of a sentence that says so and why.

    This is the one place where a view forgives: whatever a stranger's network brings, one step is no reason to lose
    the others.
    """
    try:
        return show(step)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        return otherwise(f"{what} of {step.name} ({step.op}) cannot be shown: {reason}.")


def words(step: "Step") -> list[str]:
    """The step's own words, or the sentence that says that there are none."""
    return guarded(step, "The description", lambda s: s.words(), lambda said: [said])


def back_words(step: "Step") -> list[str]:
    """How the gradient goes back through the step, or the sentence that says that it cannot be said."""
    return guarded(step, "The way back", lambda s: s.back_words(), lambda said: [said])


def sentence(error: Exception) -> str:
    """An error's text as a sentence among others."""
    said = " ".join(str(error).split()) or type(error).__name__
    return f"{said[0].upper()}{said[1:]}."
