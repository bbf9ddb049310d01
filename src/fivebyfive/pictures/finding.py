"""A picture → a sheet: ink is found, what belongs together is put together and in order, each piece to be read.

Nothing here knows a digit: which of several ways to look is right, and which pieces are digits, the reader says
(`choosing.py`, `lattice.py`).
"""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures import ink, outline, turning
from fivebyfive.pictures.ink import Ink
from fivebyfive.pictures.lines import grouping, layout, parting
from fivebyfive.pictures.shaping import Floats, Mask, Pixels, shaped_greys
from fivebyfive.pictures.sheet import Box, Line, Piece, Sheet, Unread, Way

Labels = npt.NDArray[np.int32]

DARKNESS, GRAINS = 0.03, 4.0
"""Ink takes this share of the paper's light away on average, and so many times what the paper's grain does."""
SMALLEST = 5
"""Pixels of the picture that the longer side of a digit has at least."""
SLIM, BESIDE, ALONG = 0.3, 3, 0.5
"""What is left of a line is at most so wide beside its length, and so much of it so many pixels from the line."""
TINY, FEW = 32, 14
"""Pixels a side of a picture that may end right where its digit does, and of a digit whose shape is in its greys."""
TOO_FAINT, CUT_OFF, AROUND = "too faint", "cut off by the picture's edge", "a line around others"
UNTOLD = (TOO_FAINT, layout.DIRT)
"""What is the paper's own, and thousands on some: nobody asks why it was not read."""
UPRIGHT = Way()


def find(picture: Pixels, way: Way = UPRIGHT) -> Sheet:
    """What may be written in `picture`, uint8 [h, w], [h, w, 1] or [h, w, 3], looked at in one way."""
    laid, turns, own = _laid(picture.reshape(*picture.shape[:2], -1), way)
    size = laid.shape
    if not way.margin and max(size[:2]) > TINY:
        return _found(laid, way, None, lambda box: _given(box, turns), own)
    margin = max(2, max(size[:2]) // 4)
    larger, greys = _on_more_paper(laid, margin)
    near = greys if max(size[:2]) <= TINY else None
    return _found(larger, way, near, lambda box: _given(_moved(box, margin, size), turns))


def _laid(picture: Pixels, way: Way) -> tuple[Pixels, list[turning.Turn], Mask | None]:
    """`picture` as it is to be looked at, how to get back, the last turn first, and where it is the picture's own: None
    where all of it is.
    """
    turns: list[turning.Turn] = []
    own = None
    sheet = outline.page(picture) if way.page else None
    if sheet is not None:
        picture, flat = outline.straightened(picture, sheet)
        turns.insert(0, flat)
    if way.turn:
        picture, turn = turning.turned(picture, way.turn)
        turns.insert(0, turn)
        own = turning.covered(turn, (picture.shape[0], picture.shape[1])) if way.turn % 90 else None
    return picture, turns, own


def _given(box: Box, turns: list[turning.Turn]) -> Box:
    """`box` of the picture that is looked at as one of the picture that was given."""
    for turn in turns:
        box = turn.back(box)
    return box


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


def _found(
    picture: Pixels, way: Way, greys: Floats | None, back: Callable[[Box], Box], own: Mask | None = None
) -> Sheet:
    found = ink.find(picture, way.light, way.plain, own)
    try:
        shapes = parting.parted(grouping.shapes(found.mask))
    except grouping.TooMuch as problem:
        return Sheet(picture, way, found, (), (), back, str(problem))
    laid = layout.lines(shapes.shapes, found.cells)
    pieces = [_piece(shape, shapes.labels, n, found, greys) for n, shape in enumerate(shapes.shapes, 1)]
    lines, left_out = [], [(pieces[n], reason) for n, reason in laid.left_out.items()]
    for line in laid.lines:
        some = _pieces(line, pieces)
        tall = max(max(piece.mask.shape) for piece in some.pieces)
        reasons = [_why_not(piece, tall, found) for piece in some.pieces]
        left_out += [(piece, why) for piece, why in zip(some.pieces, reasons, strict=True) if why]
        lines.append(some.without([n for n, why in enumerate(reasons) if why]))
    whole = Sheet(picture, way, found, tuple(line for line in lines if line.pieces), (), back)
    unread = [Unread(whole.box_of(piece), reason) for piece, reason in left_out if reason not in UNTOLD]
    beside = [*((box, CUT_OFF) for box in shapes.cut_off), *((box, AROUND) for box in shapes.around)]
    unread += [Unread(whole.back(whole.in_picture(box)), reason) for box, reason in beside]
    return dataclasses.replace(whole, unread=tuple(unread))


def _pieces(line: layout.Line, pieces: list[Piece]) -> Line:
    return Line(tuple(pieces[n] for n in line.members), line.spaces, line.row, line.column, line.cell)


def _piece(shape: grouping.Shape, labels: Labels, number: int, found: Ink, greys: Floats | None) -> Piece:
    mask: Mask = labels[shape.top : shape.bottom, shape.left : shape.right] == number
    if greys is None or shape.size >= FEW * found.scale:
        return Piece(mask, shape.left, shape.top)
    left, top = int(shape.left / found.scale) - 1, int(shape.top / found.scale) - 1
    right, bottom = 1 - int(-shape.right // found.scale), 1 - int(-shape.bottom // found.scale)
    return Piece(mask, shape.left, shape.top, shaped_greys(greys, (left, top, right, bottom)))


def _why_not(piece: Piece, tall: int, found: Ink) -> str:
    """Why it is no pen's work, in a line so `tall`: too faint beside the paper's grain, tiny, a blot; or ""."""
    amount = found.amount[piece.top : piece.bottom, piece.left : piece.right]
    if float(amount[piece.mask].mean()) <= max(DARKNESS, GRAINS * found.noise):
        return TOO_FAINT
    if _is_left_of_a_line(piece, found):
        return "left of a line"
    size = max(piece.mask.shape)
    if size < 0.5 * tall:
        return ""
    if size <= SMALLEST * max(1.0, found.scale):
        return "too small"
    return "a blot" if piece.strokes.is_blot else ""


def _is_left_of_a_line(piece: Piece, found: Ink) -> bool:
    """Whether it is straight, and lies along what was taken out as a line, or goes on where a level one ends."""
    if min(piece.mask.shape) > SLIM * max(piece.mask.shape):
        return False
    rows = slice(max(0, piece.top - BESIDE), piece.bottom + BESIDE)
    along = piece.width if piece.width > piece.height else BESIDE  # an upright stroke may be a 1
    columns = slice(max(0, piece.left - along), piece.right + along)
    lines = found.lines[rows, columns].astype(np.uint8)
    if piece.width > piece.height:  # only what is level goes on in what is level
        lines = np.asarray(
            cv2.morphologyEx(lines, cv2.MORPH_OPEN, np.ones((1, max(1, along // 2)), np.uint8)), np.uint8
        )
    near = cv2.dilate(lines, np.ones((2 * BESIDE + 1, 2 * along + 1), np.uint8))
    top, left = piece.top - rows.start, piece.left - columns.start
    inside = near[top : top + piece.height, left : left + piece.width]
    return bool(inside[piece.mask].mean() > ALONG)
