"""Which way to look at a picture is taken: the plainest one whose reading is sure, else the one that is best read.

A way is as good as what is surely read in it, times the share of all ink that this is: so a way that finds more digits
wins, and one that makes ink of a table, a pattern or a shadow loses. What is faint, grainy or among several colours,
and whatever another way than the plain one found, is kept only where nearly all of the picture's ink is read so:
paper, cloth and scenes look like a digit here and there, but not throughout.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from fivebyfive.decision import NONE
from fivebyfive.pictures import lattice, page, turning
from fivebyfive.pictures.finding import TINY, find
from fivebyfive.pictures.preparation import is_mark
from fivebyfive.pictures.shaping import Pixels
from fivebyfive.pictures.sheet import Character, Piece, Sheet, Unread, Way, Written

NO_DIGIT, DOUBTFUL, CLUTTER = "no digit", "it may be no writing", "among shapes that are no digits"
SURE, VOUCHED = 0.75, 0.85
"""So much of the ink that is found is surely read, or another way is tried; or what may be no writing is left out."""
BETTER = 1.1
"""By so much another way must be better than a plainer one."""
PLAIN_STROKE = 0.5
"""What a 1 counts beside other digits: every straight line looks like one."""
SPANS = 0.6
"""Of the picture's longer side, what a digit takes in a close-up."""
SMALL = 0.5
"""Beside the tallest of its line, a smaller shape is no reason to doubt the others."""
DARKNESS, GRAINS, COLOURS = 0.15, 5.8, 0.07
"""Plain ink takes this share of the paper's light away, so many times what its grain does, and the paper's colour
changes by less around it: of 300 pictures of nothing none has such ink that looks like a digit."""
WAYS, PIXELS, PIECES = 6, 8_000_000, 1_500
"""So many other ways are tried at most, and none after so many pixels, or so many pieces, have been looked at."""

Lines = tuple[tuple[Character, ...], ...]


@dataclass(frozen=True, eq=False)
class _Look:
    """A picture looked at in one way, and read.

    Attributes:
        read, asked, left: how much ink is surely read; is taken for digits; is none. In pixels of the picture that was
            given, along each shape's longer side.
    """

    sheet: Sheet
    lines: Lines
    read: float
    asked: float
    left: float

    @property
    def share(self) -> float:
        """Of all ink, what is surely read: 0 to 1."""
        return self.read / max(self.asked + self.left, 1.0)

    @property
    def is_sure(self) -> bool:
        return self.share >= SURE

    @property
    def score(self) -> float:
        return self.read * self.share

    @property
    def pixels(self) -> int:
        return 0 if self.sheet.ink is None else self.sheet.ink.mask.size

    @property
    def pieces(self) -> int:
        return sum(map(len, self.lines))


def read(picture: Pixels) -> Written:
    """`picture`, uint8 [h, w, C], as the shipped reader reads it."""
    best = first = _look(picture, Way())
    pixels, pieces = first.pixels, first.pieces
    for way in itertools.islice(_others(picture, first), WAYS):
        if pixels > PIXELS or pieces > PIECES:
            break
        other = _look(picture, way)
        pixels, pieces = pixels + other.pixels, pieces + other.pieces
        if other.score > BETTER * best.score:
            best = other
            if best.share >= VOUCHED:
                break
    return _written(best)


def _look(picture: Pixels, way: Way) -> _Look:
    sheet = find(picture, way)
    lines = lattice.read(sheet)
    read = asked = left = 0.0
    for character in (c for line in lines for c in line):
        size = float(max(sheet.box_of(character.piece)[2:]))
        if character.label == NONE:
            left += size
        elif character.probabilities is not None and not is_mark(character.label):
            size *= PLAIN_STROKE if character.label == "1" else 1.0
            asked += size
            read += size * max(0.0, 2 * float(character.probabilities.max()) - 1)
    return _Look(sheet, lines, read, asked, left)


def _others(picture: Pixels, first: _Look) -> Iterator[Way]:
    """The other ways that are worth trying, the likeliest first."""
    sheet = first.sheet
    close = max(picture.shape[:2]) > TINY
    if sheet.note or sheet.ink is None or (first.is_sure and not _ends_in_ink(sheet)):
        return
    if close and page.page(picture) is not None:
        yield Way(page=True)
    if close:
        yield Way(margin=True)
    if first.is_sure:
        return
    light = sheet.ink.light
    if first.pieces > 1:
        turns = [turn for turn in turning.candidates(sheet.ink.mask) if turn]
        yield from (Way(turn=turn) for turn in turns[:3])
    yield Way(light=not light)
    if close:
        yield Way(light=not light, margin=True)
    yield Way(plain=True)


def _ends_in_ink(sheet: Sheet) -> bool:
    """Whether ink goes on to the picture's edge, as in a close-up."""
    if sheet.ink is None:
        return False
    mask = sheet.ink.mask
    return any(edge.any() for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))


def _written(look: _Look) -> Written:
    """What is kept of a reading, and why the rest is not."""
    sheet, kept, left = look.sheet, [], list(look.sheet.unread)
    vouched = _is_vouched(look)
    for line in look.lines:
        clutter = _is_clutter(line)
        some = []
        for character in line:
            if character.label == NONE:
                reason = NO_DIGIT
            elif not vouched and (sheet.way != Way() or not _is_plain(character.piece, sheet)):
                reason = DOUBTFUL
            else:
                reason = CLUTTER if clutter else ""
            if reason:
                left.append(Unread(sheet.box_of(character.piece), reason))
            else:
                some.append(character)
        kept.append(tuple(some))
    return Written(sheet, tuple(kept), tuple(left))


def _is_vouched(look: _Look) -> bool:
    """Whether nearly all ink is surely read, and not as plain strokes only; or one digit fills the picture."""
    sheet = look.sheet
    digits = [c for line in look.lines for c in line if c.label.isdigit()]
    if len(digits) == 1 and not sheet.way.turn:
        around = 1.5 if sheet.way.margin else 1.0
        if max(sheet.box_of(digits[0].piece)[2:]) * around >= SPANS * max(sheet.picture.shape[:2]):
            return look.share >= (VOUCHED if digits[0].label == "1" else SURE)
    return look.share >= VOUCHED and any(c.label != "1" for c in digits)


def _is_clutter(line: tuple[Character, ...]) -> bool:
    """Whether most of a line's shapes are none: a word, a scene."""
    tall = max((max(c.piece.mask.shape) for c in line), default=0)
    large = [c for c in line if max(c.piece.mask.shape) >= SMALL * tall]
    return 2 * sum(c.label == NONE for c in large) > len(large)


def _is_plain(piece: Piece, sheet: Sheet) -> bool:
    """Whether its ink is plainly a pen's: dark beside the paper and its grain, on paper of one colour."""
    ink = sheet.ink
    if ink is None:
        return True
    amount = ink.amount[piece.top : piece.bottom, piece.left : piece.right]
    if float(amount[piece.mask].mean()) <= max(DARKNESS, GRAINS * ink.noise):
        return False
    return ink.colours_around(piece.top, piece.bottom, piece.left, piece.right) < COLOURS


def found(picture: Pixels) -> Written:
    """Every piece of `picture`, for a model that reads something else than digits: no reader is asked."""
    sheet = find(picture)
    lines = tuple(
        tuple(Character(piece, space=n in line.spaces) for n, piece in enumerate(line.pieces)) for line in sheet.lines
    )
    return Written(sheet, lines, sheet.unread)
