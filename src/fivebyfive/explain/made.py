"""Values that are what they are: constants that the code makes."""

from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import Index
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import magnitude


def made_by_code(step: Step, index: Index, position: Position) -> Arithmetic:
    """A value that nothing of the image went into."""
    value = magnitude(step.output[index])
    return Arithmetic(position, "copy", (), value, symbols="a constant that the code makes", figures=short(value))
