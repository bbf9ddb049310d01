"""A picture → a sheet: ink is found, what belongs together is put together and in order, each piece to be read.

Nothing here knows a digit: which of several ways to look is right, and which pieces are digits, the reader says
(`choosing.py`, `lattice.py`).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fivebyfive.pictures import grouping, ink
from fivebyfive.pictures.ink import Ink
from fivebyfive.pictures.shaping import Floats, Mask, Pixels, shaped_greys
from fivebyfive.pictures.sheet import Box, Line, Piece, Sheet, Way

Labels = npt.NDArray[np.int32]

DARKNESS, GRAINS = 0.15, 5.8
"""Ink takes this share of the paper's light away on average, and so many times what the paper's grain does."""
SMALLEST = 5
"""Pixels of the picture that the longer side of a digit has at least."""
TINY, FEW = 32, 14
"""Pixels a side of a picture that may end right where its digit does, and of a digit whose shape is in its greys."""
COLOURS = 0.07
"""On paper, colour changes by less (`Ink.colours_around`): what lies among several colours is part of a scene."""
UPRIGHT = Way()


def find(picture: Pixels, way: Way = UPRIGHT) -> Sheet:
    """What may be written in `picture`, uint8 [h, w], [h, w, 1] or [h, w, 3], looked at in one way."""
    given = picture.reshape(*picture.shape[:2], -1)
    size = given.shape
    if not way.margin and max(size[:2]) > TINY:
        return _found(given, way, None, lambda box: box)
    margin = max(2, max(size[:2]) // 4)
    larger, greys = _on_more_paper(given, margin)
    return _found(larger, way, greys if max(size[:2]) <= TINY else None, lambda box: _moved(box, margin, size))


def _on_more_paper(picture: Pixels, margin: int) -> tuple[Pixels, Floats]:
    """`picture` with `margin` pixels more on every side, of the usual colour of its edge; and how unlike that colour
    each pixel is, [h, w].
    """
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    height, width, channels = picture.shape
    sheet = np.empty((height + 2 * margin, width + 2 * margin, channels), np.uint8)
    sheet[:] = paper = np.median(edge, axis=0).astype(np.uint8)
    sheet[margin : margin + height, margin : margin + width] = picture
    return sheet, np.abs(sheet.astype(np.float32) - paper).mean(axis=2)


def _moved(box: Box, margin: int, size: tuple[int, ...]) -> Box:
    """`box` in the picture without the margin."""
    x, y, w, h = box
    left, top = min(max(x - margin, 0), size[1] - 1), min(max(y - margin, 0), size[0] - 1)
    right, bottom = max(left + 1, min(x - margin + w, size[1])), max(top + 1, min(y - margin + h, size[0]))
    return left, top, right - left, bottom - top


def _found(picture: Pixels, way: Way, greys: Floats | None, back: Callable[[Box], Box]) -> Sheet:
    found = ink.find(picture, way.light, way.plain, way.rules)
    try:
        rows, labels = grouping.rows(found.mask)
    except grouping.TooMuch as problem:
        return Sheet(picture, way, found, (), (), back, str(problem))
    pieces = [[piece for piece in row if _is_written(piece, found)] for row in _pieces(rows, labels, found, greys)]
    lines = tuple(Line(tuple(row), row=n) for n, row in enumerate(filter(None, pieces)))
    return Sheet(picture, way, found, lines, (), back)


def _pieces(rows: list[list[grouping.Shape]], labels: Labels, found: Ink, greys: Floats | None) -> list[list[Piece]]:
    """Of each shape its own ink, row by row."""
    shapes = [shape for row in rows for shape in row]
    owners = np.zeros(int(labels.max()) + 1, np.int32)
    for number, shape in enumerate(shapes, 1):
        owners[list(shape.parts)] = number
    owned, numbers = owners[labels], iter(range(1, len(shapes) + 1))
    return [[_piece(shape, owned, next(numbers), found, greys) for shape in row] for row in rows]


def _piece(shape: grouping.Shape, owned: Labels, number: int, found: Ink, greys: Floats | None) -> Piece:
    mask: Mask = owned[shape.top : shape.bottom, shape.left : shape.right] == number
    if greys is None or shape.size >= FEW * found.scale:
        return Piece(mask, shape.left, shape.top)
    left, top = int(shape.left / found.scale) - 1, int(shape.top / found.scale) - 1
    right, bottom = 1 - int(-shape.right // found.scale), 1 - int(-shape.bottom // found.scale)
    return Piece(mask, shape.left, shape.top, shaped_greys(greys, (left, top, right, bottom)))


def _is_written(piece: Piece, found: Ink) -> bool:
    """Whether it may be a pen's work: dark beside the paper's grain, not tiny, of strokes, on one sheet."""
    amount = found.amount[piece.top : piece.bottom, piece.left : piece.right]
    darkness = float(amount[piece.mask].mean())
    if darkness <= max(0.05, 4 * found.noise):
        return False
    if max(piece.mask.shape) <= SMALLEST * max(1.0, found.scale) or piece.strokes.is_blot:
        return False
    return True
