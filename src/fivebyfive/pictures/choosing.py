"""Which way to look at a picture is taken: the plainest one whose reading is sure, else the one that is best read."""

from fivebyfive.decision import NONE
from fivebyfive.pictures import lattice
from fivebyfive.pictures.finding import find
from fivebyfive.pictures.shaping import Pixels
from fivebyfive.pictures.sheet import Character, Unread, Written

NO_DIGIT = "no digit"


def read(picture: Pixels) -> Written:
    """`picture`, uint8 [h, w, C], as the shipped reader reads it."""
    sheet = find(picture)
    lines = lattice.read(sheet)
    kept = tuple(tuple(c for c in line if c.label != NONE) for line in lines)
    left = (Unread(sheet.box_of(c.piece), NO_DIGIT) for line in lines for c in line if c.label == NONE)
    return Written(sheet, kept, (*sheet.unread, *left))


def found(picture: Pixels) -> Written:
    """Every piece of `picture`, for a model that reads something else than digits: no reader is asked."""
    sheet = find(picture)
    lines = tuple(
        tuple(Character(piece, space=n in line.spaces) for n, piece in enumerate(line.pieces)) for line in sheet.lines
    )
    return Written(sheet, lines, sheet.unread)
