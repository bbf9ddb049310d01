"""What of a reading is believed, and how far: paper, cloth and scenes look like a digit here and there, not throughout.

What is faint, grainy or among several colours, and what is found by guessing at the ink, is kept only where nearly all
of the picture's ink is read so; what stands among shapes that nobody can read, and bare strokes, are believed less.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from fivebyfive.decision import NONE
from fivebyfive.pictures.finding import CUT_OFF
from fivebyfive.pictures.preparation import is_mark
from fivebyfive.pictures.reading import pens, reader
from fivebyfive.pictures.reading.likenesses import goes_on, is_drawn, is_even
from fivebyfive.pictures.sheet import Character, Piece, Sheet, Unread, Way, Written

NO_DIGIT, DOUBTFUL, CLUTTER = "no digit", "it may be no writing", "among shapes that are no digits"
STROKES, LOW = ("1", "-", "/", ".", ","), 0.6
"""What is left of a rule looks like these, and is hardly so high beside the digits."""
STRANGE = "fainter than the digits, and not of their colour"
SURE, VOUCHED = 0.75, 0.85
"""So much of the ink that is found is surely read, or another way is tried; or what may be no writing is left out."""
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
WHOLE, BARE = 0.9, 0.5
"""A line of which so much is surely read is believed, whatever is beside it, if the picture was not turned for less;
and how far bare strokes are."""
FEW, ALONE = 3, 6.0
"""So few shapes are a drawing or a letter as often as digits: "none" is so much more probable than the reader knows."""
TURNING, DIFFERENT = 4, 3
"""Fewer digits than these, other than 1, or fewer different ones, do not tell how a page lies."""
DARKNESS, GRAINS, COLOURS = 0.15, 5.8, 0.07
"""Plain ink takes this share of the paper's light away, so many times what its grain does, and the paper's colour
changes by less around it: of 300 pictures of nothing none has such ink that looks like a digit."""
MOTLEY = 0.14
"""Nor does it by so much around one of a few digits, though one fills its picture."""
DARK = 0.5
"""In a close-up, whose grain its ink may hide, so much of the paper's light."""
MOSTLY = 0.75
"""Of all that is found in a close-up, what the one digit is."""

Lines = tuple[tuple[Character, ...], ...]


@dataclass(frozen=True, eq=False)
class Look:
    """A picture looked at in one way, and read.

    Attributes:
        spread: of the paper and all that is on it, as it lies without more paper around it.
        shapes: so many were found, or the reader was asked about.
        read, asked, left: how much ink is surely read; is taken for digits; is none. In pixels of the picture that was
            given, along each shape's longer side.
    """

    sheet: Sheet
    lines: Lines
    spread: float
    shapes: int
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


def amounts(characters: Iterable[Character], sheet: Sheet) -> tuple[float, float, float]:
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


def without_sides(lines: Lines, sheet: Sheet) -> Lines:
    """`lines` where no 1 lies along one side of a picture that has more paper around it: a shadow, or a thing."""
    if not sheet.way.margin or sheet.ink is None:
        return lines
    none = np.eye(len(reader.classes()), dtype=np.float32)[reader.classes().index(NONE)]
    return tuple(
        tuple(replace(c, label=NONE, probabilities=none) if goes_on(c, sheet.ink.mask) else c for c in line)
        for line in lines
    )


def is_guessed(way: Way) -> bool:
    """Whether the ink was guessed at, so that it does not say itself whether it is a pen's."""
    return way.light is not None or way.plain


def digits_of(look: Look) -> list[Character]:
    return [c for line in look.lines for c in line if c.label.isdigit()]


def are_plain(digits: list[Character]) -> bool:
    """Whether none is surely more than a plain stroke."""
    return not any(c.label != "1" and c.probabilities is not None and c.probabilities.max() >= TOLD for c in digits)


def is_close_up(look: Look, digits: list[Character]) -> bool:
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


def is_vouched(look: Look) -> bool:
    """Whether nearly all ink is surely read, and not as plain strokes only; or one digit fills the picture."""
    digits = digits_of(look)
    plain = are_plain(digits)
    close = is_close_up(look, digits)
    if close and len(digits) == 1:
        if look.asked < MOSTLY * (look.asked + look.left) or _may_be_none(digits[0]):
            return False
        return digits[0].label != "1" or is_plain(digits[0].piece, look) or _darkness(digits[0].piece, look) > DARK
    return look.share >= VOUCHED and not plain and (close or not look.sheet.way.margin)


def is_kept(look: Look) -> bool:
    """Whether any of its digits is."""
    guessed = is_guessed(look.sheet.way)
    return is_vouched(look) or any(not guessed and is_plain(c.piece, look) for c in digits_of(look))


def is_plain(piece: Piece, look: Look) -> bool:
    """Whether its ink is plainly a pen's: dark beside the paper and its grain, on paper of one colour."""
    dark = _darkness(piece, look) > max(DARKNESS, GRAINS * look.spread)
    return dark and _colours_around(piece, look) < COLOURS


def _colours_around(piece: Piece, look: Look) -> float:
    """How far the paper's colour changes around it, as `Ink.colours_around` has it."""
    ink = look.sheet.ink
    return 0.0 if ink is None else ink.colours_around(piece.top, piece.bottom, piece.left, piece.right)


def _darkness(piece: Piece, look: Look) -> float:
    """The share of the paper's light that it takes away."""
    if look.sheet.ink is None:
        return 1.0
    amount = look.sheet.ink.amount[piece.top : piece.bottom, piece.left : piece.right]
    return float(amount[piece.mask].mean())


def _may_be_none(character: Character) -> bool:
    """Whether it is not even twice as likely a digit as none."""
    p = character.probabilities
    return p is not None and bool(p.max() < 2 * p[reader.classes().index(NONE)])


def written(look: Look) -> Written:
    """What is kept of a reading, and why the rest is not."""
    sheet, kept, left = look.sheet, [], list(look.sheet.unread)
    vouched = is_vouched(look)
    guessed, few, lone = is_guessed(sheet.way), look.pieces <= FEW, _is_lone(look)
    strange, ending = pens.strangers((c for line in look.lines for c in line), sheet), _ending_outside(look)
    for line in look.lines:
        clutter, trust = _is_clutter(line, look), _trust(line, look)
        some = []
        for character in line:
            if character.label == NONE or is_drawn(character):
                reason = NO_DIGIT
            elif character.piece in strange:
                reason = STRANGE
            elif character.piece in ending:
                reason = CUT_OFF
            elif not (vouched or lone) and (guessed or not is_plain(character.piece, look)):
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


def _ending_outside(look: Look) -> list[Piece]:
    """Low strokes that end at the picture's edge, as a rule does, where nothing else that is read does."""
    if look.sheet.ink is None or look.sheet.way.margin:
        return []
    height, width = look.sheet.ink.mask.shape
    characters = [c for line in look.lines for c in line if c.label != NONE]
    at_edge = [
        c.piece.left < 2 or c.piece.top < 2 or c.piece.right > width - 2 or c.piece.bottom > height - 2
        for c in characters
    ]
    strokes = [c.label in STROKES for c in characters]
    if all(at_edge) or any(edge and not stroke for edge, stroke in zip(at_edge, strokes, strict=True)):
        return []
    low = LOW * max(c.piece.height for c in characters)
    return [c.piece for c, edge in zip(characters, at_edge, strict=True) if edge and c.piece.height < low]


def _trust(line: tuple[Character, ...], look: Look) -> float:
    """How far what is read of a line can be believed, 0 to 1: what stands among shapes that nobody can read may be a
    part of something else, and bare strokes may be anything.
    """
    if _is_bare(look):
        return BARE
    read, asked, left = amounts(line, look.sheet)
    share = read / max(asked + left, 1.0)
    several = len({c.label for c in line if c.label.isdigit()}) > 1
    if several and share >= WHOLE and (look.is_sure or not look.sheet.way.turn):
        return 1.0
    return min(1.0, min(share, look.share) / WHOLE)


def _is_bare(look: Look) -> bool:
    """Whether nothing but a few like strokes is read: several digits of which nearly all are 1 or 7; where the ink was
    guessed at, always the same digit; where the picture was turned, hardly another digit than 1, or always the same
    two; or one digit that may be something else. A few shapes of what was taken for paper at first are no more, nor are
    a few digits among many colours.
    """
    way, digits = look.sheet.way, digits_of(look)
    labels = [c.label for c in digits]
    if way.light is not None and look.pieces <= FEW:
        return True
    if len(labels) <= FEW and any(_colours_around(c.piece, look) >= MOTLEY for c in digits):
        return True
    more = [label for label in labels if label != "1"]
    if way.turn and (len(more) < TURNING or len(set(more)) < DIFFERENT):
        return True
    if len(labels) == 1:
        return _is_in_doubt(look, digits[0])
    if len(set(labels)) == 1 and is_guessed(way):
        return True
    if len(labels) <= 2:
        return labels == ["1", "1"]
    return sum(label not in "17" for label in labels) <= len(labels) // 4


def _is_in_doubt(look: Look, digit: Character) -> bool:
    """Whether the one digit of a picture may be something else: a 1 on ruled paper, beside what is left out, not as
    wide as a pen, or of several colours; one of guessed ink that is a 1, or beside what is left out; one beside several
    things that are as large and left out; one in a large picture, or a 1, that is not plainly a pen's, or goes on to
    the picture's edge.
    """
    sheet, close, one = look.sheet, is_close_up(look, [digit]), digit.label == "1"
    if is_guessed(sheet.way) and (one or sheet.unread):
        return True
    large = max(sheet.box_of(digit.piece)[2:])
    if sum(max(left.box[2:]) >= large for left in sheet.unread) > 1:
        return True
    if sheet.way.margin and not close:
        return True
    if one and (_is_beside_something(sheet) or not _is_a_pens(digit.piece, sheet)):
        return True
    return (one or not close) and not is_plain(digit.piece, look)


def _is_a_pens(stroke: Piece, sheet: Sheet) -> bool:
    """Whether it is as wide, and of the same colour, from one end to the other, and no gap between things."""
    return is_even(stroke.mask) and pens.is_of_one(stroke, sheet) and not pens.is_gap(stroke, sheet)


def _is_lone(look: Look) -> bool:
    """Whether all that is found is one faint stroke, surely read: shown with doubt, it is a 1 in pencil or a crease."""
    alone = look.pieces == 1 and not look.sheet.unread and not is_guessed(look.sheet.way) and not look.sheet.way.turn
    return alone and look.share >= WHOLE and not _is_beside_something(look.sheet)


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


def _is_clutter(line: tuple[Character, ...], look: Look) -> bool:
    """Whether a line is rather a word or a part of a scene: little of its ink is surely read; or it is short, and of
    all ink little is. What is alone in its picture is shown with its doubt.
    """
    read, asked, left = amounts(line, look.sheet)
    if not asked or look.is_alone:
        return not asked
    short = sum(c.label.isdigit() for c in line) < STANDING
    return read < LINE * (asked + left) or (short and look.share < LINE)
