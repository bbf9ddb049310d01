"""Which way to look at a picture is taken: the plainest one whose reading is sure, else the one that is best read.

A way is as good as what is surely read in it, times the share of all ink that this is: so a way that finds more digits
wins, and one that makes ink of a table, a pattern or a shadow loses. What of it is believed, `believing.py` says.
"""

import dataclasses
import itertools
import sys
from collections import Counter
from collections.abc import Iterator

from fivebyfive.decision import NONE
from fivebyfive.pictures import outline, threads, turning
from fivebyfive.pictures.finding import TINY, find
from fivebyfive.pictures.reading import lattice
from fivebyfive.pictures.reading.believing import (
    CLOSE,
    VOUCHED,
    Look,
    amounts,
    are_plain,
    digits_of,
    is_close_up,
    is_guessed,
    is_kept,
    is_plain,
    is_vouched,
    without_sides,
    written,
)
from fivebyfive.pictures.shaping import Pixels
from fivebyfive.pictures.sheet import Character, Sheet, Way, Written

BETTER = 1.1
"""By so much another way must be better than a plainer one; not the sheet alone: it is plainer than with its desk."""
ALIKE = 0.05
"""Of two looks that see one digit in a close-up, the one that sees a larger one may be less sure by so much: what lies
along the edge is easily lost to the paper, and a 2 without its foot is surely a 7."""
TURNED = 0.5
"""What is surely read of all ink, at least, where a picture is turned for it."""
NEAR = 0.03
"""Ink so near to the picture's edge, as a share of its longer side, may lose what lies along it to the paper."""
SLIGHT = 45.0
"""So far a single digit is turned at most: further, it may be another one."""
UPRIGHT = 0.9
"""Of a page on its head, whose digits look like others, less of the ink is surely read."""
ROW = 3
"""One character, in two strokes perhaps, does not tell how a page lies. Digits of a page that lies on its side may hang
together: a piece or two, of several strokes."""
MANY, SEVERAL, SOME, BARELY = 100, 400, 0.1, 0.05
"""So many pieces, of which less than this share is surely read, are no single digits seen wrongly; with less than the
last, no page either, however it lies: on its side a tenth is read. One threshold for all makes more of a pattern than
these several."""
WAYS, PIXELS, SHAPES = 9, 8_000_000, 2_500
"""So many other ways are tried at most, none after so many pixels, and of none more shapes than are left of so many."""


def read(picture: Pixels) -> Written:
    """`picture`, uint8 [h, w, C], as the shipped reader reads it."""
    with threads.for_pixels(picture.shape[0] * picture.shape[1]):
        return _read(picture)


def _read(picture: Pixels) -> Written:
    first = best = _look(picture, Way())
    pixels, shapes = first.pixels, SHAPES - first.shapes
    skew = _skew(first)
    if skew is not None:
        level = _look(picture, skew, first.spread)
        pixels, shapes = pixels + level.pixels, shapes - level.shapes
        best = level if _is_as_good(level, first) and _may_be_taken(level) else first
        if best is level and level.is_sure and len(digits_of(level)) > 1:
            return written(level)
    for way in itertools.islice(_others(picture, first), WAYS):
        if pixels > PIXELS or shapes <= 0:
            break
        if skew is not None and abs(way.turn - skew.turn) < turning.LEVEL:
            continue
        tilted = bool(best.sheet.way.turn) and way.margin  # more paper may show better what is no digit's turn
        if best is not first and best.share >= VOUCHED and not (way.turn or tilted):
            continue  # one stroke fills the picture: a 1, or the shadow on a page that lies on its side
        most = min(shapes, _most(way))
        if way.light is None and most < first.pieces / 2:
            continue  # turned, or by another threshold, there are about as many
        other = _look(picture, way, first.spread, most)
        pixels, shapes = pixels + other.pixels, shapes - other.shapes
        if _is_hopeless(first) and other.share < SOME:
            break  # on its head, some of a page's digits look like others
        if _is_better(other, best) and _may_be_taken(other):
            best = other
            if best.share >= VOUCHED and not are_plain(digits_of(best)):
                break
    return written(best)


def _is_better(other: Look, best: Look) -> bool:
    """Whether another look is clearly read better than the best one until now, of which nothing may be kept; or sees
    one digit in a close-up, as surely read, where that one saw several; or a larger one.
    """
    if not is_kept(best):
        return other.score > 0 or bool(digits_of(other))
    if _is_one(other) and _is_one(best):
        return other.share > best.share + (-ALIKE if _room(other) > _room(best) else ALIKE)
    if _is_one(other) and other.share >= best.share:
        return True
    better = other.score > (1.0 if other.sheet.way.page else BETTER) * best.score
    return better and (is_vouched(other) or not is_vouched(best))


def _room(look: Look) -> int:
    """How large its digits' boxes are in the picture that was given."""
    return sum(width * height for _, _, width, height in (look.sheet.box_of(c.piece) for c in digits_of(look)))


def _is_one(look: Look) -> bool:
    """Whether one digit fills its picture, without a mark, and is surely read."""
    digits = digits_of(look)
    read = sum(c.label != NONE for line in look.lines for c in line)
    return len(digits) == read == 1 and look.is_sure and is_close_up(look, digits)


def _skew(look: Look) -> Way | None:
    """The way in which rows that climb or fall much are laid level."""
    if look.sheet.ink is None or look.sheet.note or look.pieces < ROW or _is_hopeless(look, BARELY):
        return None
    skew = turning.skew(look.sheet.ink.mask)
    if abs(skew.degrees) < turning.LEVEL or not (skew.sure or _ends_in_ink(look.sheet)):
        return None
    return Way(turn=skew.degrees)


def _is_as_good(level: Look, look: Look) -> bool:
    """Whether at least as much is surely read; or as many digits, with less that is none of them: the paper's lines, as
    they climb, look like ones.
    """
    more = [sum(c.label != "1" for c in digits_of(each)) for each in (level, look)]
    return level.score >= look.score or (level.share > look.share and more[0] >= more[1])


def _look(picture: Pixels, way: Way, spread: float = 0.0, shapes: int = sys.maxsize) -> Look:
    """`picture` in one way, with `shapes` that the reader is asked about at most; where it has more, about none, though
    they were found and count.
    """
    sheet = find(picture, way)
    pieces = sum(len(line.pieces) for line in sheet.lines)
    left = shapes - pieces
    if left < 0:
        sheet = dataclasses.replace(sheet, lines=())
    lines, asked = lattice.read(sheet, left // 2)  # the other half is for the ways after it
    lines = without_sides(lines, sheet)
    spread = max(spread, 0.0 if sheet.ink is None else sheet.ink.spread)
    return Look(sheet, lines, spread, max(asked, pieces), *amounts((c for line in lines for c in line), sheet))


def _others(picture: Pixels, first: Look) -> Iterator[Way]:
    """The other ways that are worth trying, the likeliest first."""
    sheet = first.sheet
    close = max(picture.shape[:2]) > TINY
    if sheet.ink is None:
        return
    if not sheet.note and first.is_sure and is_kept(first) and not _ends_in_ink(sheet, NEAR):
        yield from _on_its_head(first)
        return
    if close and outline.page(picture) is not None:
        yield Way(page=True)
    if sheet.note:  # too much on the whole picture is often on the desk
        return
    several = first.pieces >= ROW or (first.pieces > 0 and ROW <= turning.characters(sheet.ink.mask) <= MANY)
    turns = [turn for turn in turning.candidates(sheet.ink.mask) if turn] if several else []
    if _is_hopeless(first, BARELY):
        return
    if _is_hopeless(first):  # grain, or a whole page that lies on its side
        yield from (Way(turn=turn) for turn in turns if SLIGHT <= abs(turn) <= 180 - SLIGHT)
        return
    if close and not sheet.ink.lines.any():  # the paper's lines go on to its edge
        yield Way(margin=True)
    if first.is_sure and is_kept(first):
        yield from _on_its_head(first)
        return
    light, other = sheet.ink.light, not _is_a_pens(first)
    yield Way(plain=True)
    if close and max(picture.shape[:2]) <= CLOSE:
        if other:
            yield Way(light=not light, margin=True)
            yield Way(light=not light, plain=True, margin=True)
        yield Way(plain=True, margin=True)
    yield from (Way(turn=turn) for turn in turns[:3])
    if other:
        yield Way(light=not light)
        if close and max(picture.shape[:2]) > CLOSE:
            yield Way(light=not light, margin=True)


def _is_hopeless(look: Look, share: float = SOME) -> bool:
    """Whether hardly anything of many pieces is surely read."""
    return look.pieces > MANY and look.share < share


def _is_a_pens(look: Look) -> bool:
    """Whether all that is found is plainly a pen's work, so that nothing is to be found in the paper."""
    characters = [c for line in look.lines for c in line]
    plain = bool(characters) and all(is_plain(c.piece, look) for c in characters)
    return plain and not _ends_in_ink(look.sheet, NEAR)


def _on_its_head(first: Look) -> Iterator[Way]:
    """The turn of a page that may be read as it lies, and hardly better than upside down."""
    if first.pieces >= ROW and first.share < UPRIGHT:
        yield Way(turn=180)


def _most(way: Way) -> int:
    """So many shapes at most are asked about: few where a way is for a row of digits that fills its picture."""
    return MANY if way.margin or way.light is not None else SEVERAL if way.plain else SHAPES


def _ends_in_ink(sheet: Sheet, near: float = 0.0) -> bool:
    """Whether ink goes on to the picture's edge, as in a close-up, or so near to it as a share of its longer side."""
    if sheet.ink is None:
        return False
    mask = sheet.ink.mask
    reach = 1 + round(near * max(mask.shape))
    return any(edge.any() for edge in (mask[:reach], mask[-reach:], mask[:, :reach], mask[:, -reach:]))


def _may_be_taken(look: Look) -> bool:
    """Whether what another way found may be writing: not plain strokes only, and of a guess all that is kept."""
    digits = digits_of(look)
    if look.sheet.way.turn and not (_are_rows(look, digits) or _is_tilted(look, digits)):
        return False
    kept = all(is_plain(c.piece, look) for c in digits) and not is_guessed(look.sheet.way)
    if not kept and not is_vouched(look):
        return False
    return not are_plain(digits) or is_close_up(look, digits)


def _is_tilted(look: Look, digits: list[Character]) -> bool:
    """Whether a slight turn of the picture shows a digit plainly, which the paper's lines or its grain hid."""
    slight = len(digits) == 1 and abs(look.sheet.way.turn) <= SLIGHT and not are_plain(digits)
    return slight and is_vouched(look)


def _are_rows(look: Look, digits: list[Character]) -> bool:
    """Whether a picture was turned rightly: much is read, several digits, some beside one another, not all the same."""
    rows = Counter(
        line.row for line, read in zip(look.sheet.lines, look.lines, strict=True) for c in read if c.label.isdigit()
    )
    several = len(digits) >= ROW and max(rows.values()) > 1 and len({c.label for c in digits}) > 1
    return several and look.share >= TURNED


def found(picture: Pixels) -> Written:
    """Every piece of `picture`, for a model that reads something else than digits: no reader is asked."""
    sheet = find(picture)
    lines = tuple(
        tuple(Character(piece, space=n in line.spaces) for n, piece in enumerate(line.pieces)) for line in sheet.lines
    )
    return Written(sheet, lines, sheet.unread)
