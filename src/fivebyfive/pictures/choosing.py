"""Which way to look at a picture is taken: the plainest one whose reading is sure, else the one that is best read."""

import dataclasses
from collections.abc import Iterator

from fivebyfive.decision import NONE
from fivebyfive.pictures import lattice
from fivebyfive.pictures.finding import TINY, find
from fivebyfive.pictures.preparation import is_mark
from fivebyfive.pictures.shaping import Pixels
from fivebyfive.pictures.sheet import Character, Sheet, Unread, Way, Written

NO_DIGIT = "no digit"
SURE = 0.75
"""So much of the ink that is found is surely read, or another way is tried."""
BETTER = 1.1
"""By so much another way must be better than a plainer one."""
PLAIN_STROKE = 0.5
"""What a 1 counts beside other digits: every straight line looks like one."""

Lines = tuple[tuple[Character, ...], ...]


@dataclasses.dataclass(frozen=True, eq=False)
class _Look:
    """A picture looked at in one way, and read.

    Attributes:
        read, asked, left: how much ink is surely read; is taken for characters; is none. In pixels of the picture that
            was given, along each shape's longer side.
    """

    sheet: Sheet
    lines: Lines
    read: float
    asked: float
    left: float

    @property
    def is_sure(self) -> bool:
        return self.read > 0 and self.read >= SURE * (self.asked + self.left)

    @property
    def score(self) -> float:
        """How much is surely read, times the share of all ink that this is."""
        return self.read * self.read / max(self.asked + self.left, 1.0)


def read(picture: Pixels) -> Written:
    """`picture`, uint8 [h, w, C], as the shipped reader reads it."""
    best = first = _look(picture, Way())
    if not first.sheet.note:
        for way in _others(first):
            other = _look(picture, way)
            if other.score > BETTER * best.score:
                best = other
    return _written(best)


def _look(picture: Pixels, way: Way) -> _Look:
    sheet = find(picture, way)
    lines = lattice.read(sheet)
    read = asked = left = 0.0
    for character in (c for line in lines for c in line):
        size = max(sheet.box_of(character.piece)[2:])
        if character.label == NONE:
            left += size
        elif character.probabilities is not None and not is_mark(character.label):
            size *= PLAIN_STROKE if character.label == "1" else 1.0
            asked += size
            read += size * max(0.0, 2 * float(character.probabilities.max()) - 1)
    return _Look(sheet, lines, read, asked, left)


def _ends_in_ink(sheet: Sheet) -> bool:
    """Whether ink goes on to the picture's edge, as in a close-up."""
    if sheet.ink is None:
        return False
    mask = sheet.ink.mask
    return any(edge.any() for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))


def _others(look: _Look) -> Iterator[Way]:
    first = look.sheet
    light = first.ink is not None and first.ink.light
    close = max(first.picture.shape[:2]) > TINY
    if close and (not look.is_sure or _ends_in_ink(first)):
        yield Way(margin=True)
    if look.is_sure:
        return
    yield Way(light=not light)
    if close:
        yield Way(light=not light, margin=True)
    yield Way(plain=True)
    if first.ink is not None and first.ink.lines.any():
        yield Way(rules=False)


def _written(look: _Look) -> Written:
    sheet, lines = look.sheet, look.lines
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
