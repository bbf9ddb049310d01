"""Which way to look at a picture is taken: the plainest one whose reading is sure, else the one that is best read.

A way is as good as what is surely read in it, times the share of all ink that this is: so a way that finds more digits
wins, and one that makes ink of a table, a pattern or a shadow loses. What is faint, grainy or among several colours,
and what is found by guessing at the ink, is kept only where nearly all of the picture's ink is read so: paper, cloth
and scenes look like a digit here and there, but not throughout.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from fivebyfive.decision import NONE
from fivebyfive.pictures import outline, turning
from fivebyfive.pictures.finding import TINY, find
from fivebyfive.pictures.preparation import is_mark
from fivebyfive.pictures.reading import lattice, reader
from fivebyfive.pictures.shaping import Pixels
from fivebyfive.pictures.sheet import Character, Piece, Sheet, Unread, Way, Written

NO_DIGIT, DOUBTFUL, CLUTTER = "no digit", "it may be no writing", "among shapes that are no digits"
SURE, VOUCHED = 0.75, 0.85
"""So much of the ink that is found is surely read, or another way is tried; or what may be no writing is left out."""
BETTER = 1.1
"""By so much another way must be better than a plainer one."""
OVERLAID = 1.2
"""Digits beside one another are together hardly wider than their picture."""
PLAIN_STROKE = 0.5
"""What a 1 counts beside other digits: every straight line looks like one."""
TOLD = 0.6
"""From this probability on, a digit is more than the plain strokes beside it."""
SPANS, CLOSE = 0.6, 600
"""Of the picture's longer side, what a digit takes in a close-up; which is no larger than so many pixels."""
LINE, STANDING = 0.4, 3
"""Of a line's ink, or the picture's, what is surely read; with less it is a word or a scene, but for lines of so many
digits. A scribble as large as the one digit beside it leaves half."""
LONE = 0.6
"""What is surely read of the one digit that fills its picture, that it is shown, with its doubt."""
TURNED = 0.5
"""What is surely read of all ink, at least, where a picture is turned for it."""
WHOLE, BARE = 0.9, 0.5
"""A line of which so much is surely read is believed, whatever is beside it; and how far bare strokes are."""
FEW, ALONE = 3, 6.0
"""So few shapes are a drawing or a letter as often as digits: "none" is so much more probable than the reader knows."""
TURNING = 3
"""Fewer digits than these, other than 1, do not tell how a page lies."""
DARKNESS, GRAINS, COLOURS = 0.15, 5.8, 0.07
"""Plain ink takes this share of the paper's light away, so many times what its grain does, and the paper's colour
changes by less around it: of 300 pictures of nothing none has such ink that looks like a digit."""
ROW = 3
"""One character, in two strokes perhaps, does not tell how a page lies."""
WAYS, PIXELS, PIECES = 9, 8_000_000, 1_500
"""So many other ways are tried at most, and none after so many pixels, or so many pieces, have been looked at."""

Lines = tuple[tuple[Character, ...], ...]


@dataclass(frozen=True, eq=False)
class _Look:
    """A picture looked at in one way, and read.

    Attributes:
        spread: of the paper and all that is on it, as it lies without more paper around it.
        read, asked, left: how much ink is surely read; is taken for digits; is none. In pixels of the picture that was
            given, along each shape's longer side.
    """

    sheet: Sheet
    lines: Lines
    spread: float
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

    @property
    def is_alone(self) -> bool:
        """Whether one shape is all there is, if of several digits."""
        return sum(len(line.pieces) for line in self.sheet.lines) <= 1


def read(picture: Pixels) -> Written:
    """`picture`, uint8 [h, w, C], as the shipped reader reads it."""
    first = _look(picture, Way())
    best = _level(picture, first)
    pixels, pieces = first.pixels, first.pieces
    if best is not first and best.is_sure:
        return _written(best)
    for way in itertools.islice(_others(picture, first), WAYS):
        if pixels > PIXELS or pieces > PIECES:
            break
        other = _look(picture, way, first.spread)
        pixels, pieces = pixels + other.pixels, pieces + other.pieces
        if other.score > BETTER * best.score and _may_be_taken(other):
            best = other
            if best.share >= VOUCHED:
                break
    return _written(best)


def _level(picture: Pixels, look: _Look) -> _Look:
    """`look`, or the picture with its rows laid level, where they climb or fall much and are read no worse so."""
    if look.sheet.ink is None or look.sheet.note or look.pieces < ROW:
        return look
    skew = turning.skew(look.sheet.ink.mask)
    if not skew.sure or abs(skew.degrees) < turning.LEVEL:
        return look
    level = _look(picture, Way(turn=skew.degrees), look.spread)
    return level if level.score >= look.score and _may_be_taken(level) else look


def _look(picture: Pixels, way: Way, spread: float = 0.0) -> _Look:
    sheet = find(picture, way)
    lines = lattice.read(sheet)
    spread = max(spread, 0.0 if sheet.ink is None else sheet.ink.spread)
    return _Look(sheet, lines, spread, *_amounts((c for line in lines for c in line), sheet))


def _amounts(characters: Iterable[Character], sheet: Sheet) -> tuple[float, float, float]:
    """How much ink is surely read, is taken for digits, and is none; marks say nothing."""
    read = asked = left = 0.0
    for character in characters:
        size = float(max(sheet.box_of(character.piece)[2:]))
        if character.label == NONE:
            left += size
        elif character.probabilities is not None and not is_mark(character.label):
            size *= PLAIN_STROKE if character.label == "1" else 1.0
            asked += size
            read += size * max(0.0, 2 * float(character.probabilities.max()) - 1)
    return read, asked, left


def _others(picture: Pixels, first: _Look) -> Iterator[Way]:
    """The other ways that are worth trying, the likeliest first."""
    sheet = first.sheet
    close = max(picture.shape[:2]) > TINY
    if sheet.ink is None or (not sheet.note and first.is_sure and not _ends_in_ink(sheet)):
        return
    if close and outline.page(picture) is not None:
        yield Way(page=True)
    if sheet.note:  # too much on the whole picture is often on the desk
        return
    if close and not sheet.ink.lines.any():  # the paper's lines go on to its edge
        yield Way(margin=True)
    if first.is_sure:
        return
    light = sheet.ink.light
    yield Way(plain=True)
    if close and max(picture.shape[:2]) <= CLOSE:
        yield Way(light=not light, plain=True, margin=True)
        yield Way(plain=True, margin=True)
    if first.pieces >= ROW:
        turns = [turn for turn in turning.candidates(sheet.ink.mask) if turn]
        yield from (Way(turn=turn) for turn in turns[:3])
    yield Way(light=not light)
    if close:
        yield Way(light=not light, margin=True)


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
    guessed, few = _is_guessed(sheet.way), look.pieces <= FEW
    for line in look.lines:
        clutter, trust = _is_clutter(line, look), _trust(line, look)
        some = []
        for character in line:
            if character.label == NONE:
                reason = NO_DIGIT
            elif not vouched and (guessed or not _is_plain(character.piece, look)):
                reason = DOUBTFUL
            else:
                reason = CLUTTER if clutter else ""
            if reason:
                left.append(Unread(sheet.box_of(character.piece), reason))
            else:
                some.append(_doubted(character, trust, few))
        if not any(c.label.isdigit() for c in some):
            left += [Unread(sheet.box_of(c.piece), CLUTTER) for c in some]
            some = []
        kept.append(tuple(some))
    return Written(sheet, tuple(kept), tuple(left))


def _trust(line: tuple[Character, ...], look: _Look) -> float:
    """How far what is read of a line can be believed, 0 to 1: what stands among shapes that nobody can read may be a
    part of something else, and bare strokes may be anything.
    """
    if _is_bare(look):
        return BARE
    read, asked, left = _amounts(line, look.sheet)
    share = read / max(asked + left, 1.0)
    if share >= WHOLE and len({c.label for c in line if c.label.isdigit()}) > 1:
        return 1.0
    return min(1.0, min(share, look.share) / WHOLE)


def _is_bare(look: _Look) -> bool:
    """Whether nothing but a few like strokes is read: several digits of which nearly all are 1 or 7; a single 1 on
    ruled paper, or beside what is left out; where the ink was guessed at, a single 1 or always the same digit; where
    the picture was turned, hardly another digit than 1. A few shapes of what was taken for paper at first are no more.
    """
    labels = [c.label for c in _digits(look)]
    if look.sheet.way.light is not None and look.pieces <= FEW:
        return True
    if look.sheet.way.turn and sum(label != "1" for label in labels) < TURNING:
        return True
    if len(set(labels)) == 1 and _is_guessed(look.sheet.way):
        return labels[0] == "1" or len(labels) > 1
    if labels == ["1"]:
        return _is_beside_something(look.sheet)
    if len(labels) <= 2:
        return labels == ["1", "1"]
    return sum(label not in "17" for label in labels) <= len(labels) // 4


def _is_beside_something(sheet: Sheet) -> bool:
    """Whether lines were taken out of the paper, or something is left out."""
    return bool(sheet.unread) or (sheet.ink is not None and bool(sheet.ink.lines.any()))


def _doubted(character: Character, trust: float, few: bool) -> Character:
    """The same, as probable as it is by so much trust; one of a few is no digit more often than the reader was taught.

    Source: M. Saerens and others, Adjusting the Outputs of a Classifier to New a Priori Probabilities (2002).
    """
    if character.probabilities is None or (trust == 1.0 and not few):
        return character
    none = reader.classes().index(NONE)
    lower = character.probabilities.copy()
    lower[none] *= ALONE if few else 1.0
    lower *= trust / lower.sum()
    lower[none] += 1 - trust
    return replace(character, probabilities=lower)


def _may_be_taken(look: _Look) -> bool:
    """Whether what another way found may be writing: not plain strokes only, and of a guess all that is kept."""
    digits = _digits(look)
    if look.sheet.way.turn and not _are_rows(look, digits):
        return False
    kept = all(_is_plain(c.piece, look) for c in digits) and not _is_guessed(look.sheet.way)
    if not kept and not _is_vouched(look):
        return False
    return not _are_plain(digits) or _is_close_up(look, digits)


def _are_rows(look: _Look, digits: list[Character]) -> bool:
    """Whether a picture was turned rightly: much is read, digits stand beside one another, and not all are the same."""
    longest = max((sum(c.label.isdigit() for c in line) for line in look.lines), default=0)
    return look.share >= TURNED and longest > 1 and len({c.label for c in digits}) > 1


def _is_guessed(way: Way) -> bool:
    """Whether the ink was guessed at, so that it does not say itself whether it is a pen's."""
    return way.light is not None or way.plain


def _digits(look: _Look) -> list[Character]:
    return [c for line in look.lines for c in line if c.label.isdigit()]


def _are_plain(digits: list[Character]) -> bool:
    """Whether none is surely more than a plain stroke."""
    return not any(c.label != "1" and c.probabilities is not None and c.probabilities.max() >= TOLD for c in digits)


def _is_close_up(look: _Look, digits: list[Character]) -> bool:
    """Whether one digit, or a row of them, fills a small picture."""
    sheet = look.sheet
    height, width = sheet.picture.shape[:2]
    if not digits or sheet.way.turn or max(height, width) > CLOSE:
        return False
    # A margin is a quarter of the longer side, which makes half of it more.
    shorter = min(height, width) - (max(height, width) / 3 if sheet.way.margin else 0)
    longer = max(height, width) / (1.5 if sheet.way.margin else 1)
    boxes = [sheet.box_of(c.piece) for c in digits]
    if sum(box[2] for box in boxes) > OVERLAID * width:
        return False
    tall = min(max(box[2:]) for box in boxes)
    return bool(tall >= SPANS * (longer if len(digits) == 1 else shorter))


def _is_vouched(look: _Look) -> bool:
    """Whether nearly all ink is surely read, and not as plain strokes only; or one digit fills the picture."""
    digits = _digits(look)
    plain = _are_plain(digits)
    close = _is_close_up(look, digits)
    if close and len(digits) == 1:
        return look.share >= LONE and (not plain or _is_plain(digits[0].piece, look))
    return look.share >= VOUCHED and not plain and (close or not look.sheet.way.margin)


def _is_clutter(line: tuple[Character, ...], look: _Look) -> bool:
    """Whether a line is rather a word or a part of a scene: little of its ink is surely read; or it is short, and of
    all ink little is. What is alone in its picture is shown with its doubt.
    """
    read, asked, left = _amounts(line, look.sheet)
    if not asked or look.is_alone:
        return not asked
    short = sum(c.label.isdigit() for c in line) < STANDING
    return read < LINE * (asked + left) or (short and look.share < LINE)


def _is_plain(piece: Piece, look: _Look) -> bool:
    """Whether its ink is plainly a pen's: dark beside the paper and its grain, on paper of one colour."""
    ink = look.sheet.ink
    if ink is None:
        return True
    amount = ink.amount[piece.top : piece.bottom, piece.left : piece.right]
    dark = float(amount[piece.mask].mean()) > max(DARKNESS, GRAINS * look.spread)
    return dark and ink.colours_around(piece.top, piece.bottom, piece.left, piece.right) < COLOURS


def found(picture: Pixels) -> Written:
    """Every piece of `picture`, for a model that reads something else than digits: no reader is asked."""
    sheet = find(picture)
    lines = tuple(
        tuple(Character(piece, space=n in line.spaces) for n, piece in enumerate(line.pieces)) for line in sheet.lines
    )
    return Written(sheet, lines, sheet.unread)
