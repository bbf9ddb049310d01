"""How well what the reader takes each piece for fits where it stands in its line: marks have their places."""

from collections.abc import Sequence

import numpy as np

from fivebyfive.decision import NONE
from fivebyfive.pictures.preparation import MARKS
from fivebyfive.pictures.reading import marks, reader
from fivebyfive.pictures.shaping import Floats
from fivebyfive.pictures.sheet import Piece

READ = 0.5
"""From this probability on, a digit tells where its line's marks stand."""
SHORT, SHORTEST, STEEP, FITS = 0.6, 0.25, 16.0, 0.15
"""A 1 is hardly lower than the first beside its line, another digit than the second; each height less makes it so
many e-folds less likely; what is left of a character's probabilities where it fits well as one of them."""
ALIKE = {(marks.COMMA, "1"): 0.5, (marks.SLASH, "1"): 0.5, ("1", marks.SLASH): 0.5, (marks.COMMA, marks.POINT): 0.3}
"""What only its place tells from another character: so much of what the reader gives the other is for it."""
DIGITS = tuple("0123456789")


def as_they_stand(
    pieces: Sequence[Piece], line: Sequence[Piece], made: Sequence[bool], found: Floats, height: float
) -> Floats:
    """The probabilities [pieces, classes] with those of marks times how well each stands in `line` for one.

    Digits that are far lower than the line count less: a low stroke at the line's foot is rather a comma than a 1.
    Where little is left of either, the rest is "none". Where no digit is beside it, and of what is `made` by a
    cut or a join, nothing is a mark.
    """
    classes = reader.classes()
    index = {label: n for n, label in enumerate(classes)}
    of_marks = [index[label] for label in classes if label in MARKS]
    digits = [index[label] for label in classes if label in DIGITS]
    high = [piece for piece in line if piece.height >= 0.7 * height]
    where = _where(high, pieces, height) if high and (found[:, digits].max(axis=1) >= READ).any() else None
    p = found.copy()
    for (label, other), share in ALIKE.items():
        p[:, index[label]] = np.maximum(p[:, index[label]], share * found[:, index[other]])
    for n, piece in enumerate(pieces):
        beside = piece.height / height
        if beside >= SHORT and p[n, of_marks].sum() <= 0.02:
            p[n] = found[n]
            continue
        fits = marks.likelihood(piece, where) if where is not None and not made[n] else {}
        for label in DIGITS:
            p[n, index[label]] *= _fits_digit(label, beside, fits)
        for m in of_marks:
            p[n, m] *= fits.get(classes[m], 0.0)
        if (whole := float(p[n].sum())) >= FITS:
            p[n] /= whole
        p[n, index[NONE]] += max(0.0, 1 - p[n].sum())
    return p


def _where(high: Sequence[Piece], pieces: Sequence[Piece], height: float) -> marks.Geometry:
    """Where a line's digits stand; and how wide their pen is, if something is as low as a mark."""
    low = any(piece.height < SHORT * height for piece in pieces)
    return marks.Geometry.of(high, marks.pen_of([piece.mask for piece in high]) if low else 0.0)


def _fits_digit(label: str, beside: float, fits: dict[str, float]) -> float:
    """How well a digit fits that is so high beside its line; `fits` as `marks.likelihood` gives them, or none."""
    if not fits:
        return 1.0
    if label == "1":
        return fits[marks.DIGIT] * float(np.exp(-STEEP * fits[marks.COMMA] * max(0.0, SHORT - beside)))
    return float(np.exp(-STEEP * max(0.0, SHORTEST - beside)))
