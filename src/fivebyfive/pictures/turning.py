"""How a page lies: by how much its rows are off the level, and the page turned so that they are not.

A character's nearest neighbours mostly stand in its own row, so the directions to them point along the rows; ruled
lines, where there are any, say the same more exactly. Which of the four quarter turns is right nobody can see from
dots: the reader is asked about each.

Source: L. O'Gorman, The Document Spectrum for Page Layout Analysis, IEEE PAMI 15 (1993).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]

COARSE, FINE = 256, 512
"""The longer side of the ink that is looked at: of a large picture twice as much, for its characters may be small."""
SPECK = 0.3
"""Smaller beside the usual character, a component is a mark or a speck: it says nothing about rows."""
NEIGHBOURS, ASKED = 6, 120
"""Of each character so many neighbours are looked at, and of so many characters."""
FAR = 4.5
"""Neighbours are no farther away, in characters' heights."""
STEP = 2
"""Degrees between the directions that are tried."""
SPREAD = 0.22
"""How far characters stand above or below their row's middle, in their height."""
LINKED = 0.45
"""Beside one another in a level row, two characters' middles differ by less, in their height."""
FOLLOWED = 150
"""So many characters in the middle of the page are looked at again."""
ENOUGH = 3
"""Rows are sure when so many characters follow another: one row of four, or two of three and two."""
LONG, APART, LINES = 0.4, 0.08, 5
"""Of the picture's longer side, the least length of a ruled line, and how far they are apart at least; how many they
are: no digit's strokes are as many."""
STRAIGHT, STRAY = 0.6, 3.0
"""Of what is straight in ruling the share that runs as it does, give or take so many degrees."""
PAPER, MEDIAN = 48, 9
"""The longer side at which paper is taken from a picture's edge, and the window whose median it is."""
LEVEL = 7.0
"""A row may climb by so many degrees and still be read as it is."""


@dataclass(frozen=True)
class Skew:
    """The turn that makes a page's rows level.

    Attributes:
        degrees: in (-45, 45], counter-clockwise; 0 where nothing can be told.
        sure: whether there are rows or lines enough to tell.
    """

    degrees: float
    sure: bool


@dataclass(frozen=True)
class Turn:
    """Where a turned picture's pixels were in the original one.

    Attributes:
        matrix: float64 [3, 3], from places in the turned picture to places in the original, as (x, y, 1) up to a
            factor; the first pixel reaches from 0 to 1.
        width, height: of the original picture.
    """

    matrix: Floats
    width: int
    height: int

    def back(self, box: Box) -> Box:
        """The upright box in the original picture around `box`: left, top, width and height; inside the picture."""
        left, top, width, height = box
        xs, ys = np.array([left, left + width, left + width, left]), np.array([top, top, top + height, top + height])
        places = self.matrix @ np.stack([xs, ys, np.ones(4)])
        x, y = places[:2] / places[2]
        left, right = _whole(x, self.width)
        top, bottom = _whole(y, self.height)
        return left, top, right - left, bottom - top


def _whole(places: Floats, length: int) -> tuple[int, int]:
    """The pixels from the least to the greatest of `places`, at least one of `length`."""
    nearly = 1e-6  # what a turn forth and back may lose of a whole number
    first = min(max(int(np.floor(places.min() + nearly)), 0), length - 1)
    return first, max(first + 1, min(int(np.ceil(places.max() - nearly)), length))


@dataclass(frozen=True)
class _Rows:
    """Which way rows run: `degrees` counter-clockwise from the level, in (-90, 90], and whether that is sure."""

    degrees: float
    sure: bool


@dataclass(frozen=True)
class _Characters:
    """Components of the usual size.

    Attributes:
        middles: of their boxes, x and y, float64 [n, 2].
        size: the longer side of the usual one.
    """

    middles: Floats
    size: float


def skew(ink: Mask) -> Skew:
    """The turn that makes rows of `ink`, bool [h, w], level; slanted handwriting in level rows is level."""
    rows = _rows(_small(ink))
    return Skew(_to_the_nearest_quarter(-rows.degrees), rows.sure)


def _to_the_nearest_quarter(degrees: float) -> float:
    """`degrees` without its quarter turns: in (-45, 45]."""
    return -((45.0 - degrees) % 90.0 - 45.0)


def _small(ink: Mask) -> Pixels:
    """`ink` made small enough to be looked at quickly: uint8 [h, w], 1 where a quarter of the pixels are inked."""
    longest = max(ink.shape)
    step = -(-longest // (COARSE if longest <= 2 * FINE else FINE))
    plain = ink.view(np.uint8)
    if step == 1:
        return plain
    sums = cv2.boxFilter(plain, -1, (step, step), anchor=(0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(sums[::step, ::step] * 4 >= step * step).astype(np.uint8)


def _characters(ink: Pixels) -> _Characters:
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink)
    boxes, areas = stats[1:, :4].astype(np.float64), stats[1:, 4]
    sizes = boxes[:, 2:].max(axis=1)
    if not len(sizes):
        return _Characters(np.zeros((0, 2)), 0.0)
    order = np.argsort(sizes, kind="stable")
    inked = np.cumsum(areas[order])
    usual = float(sizes[order[int(np.searchsorted(inked, inked[-1] / 2))]])
    alike = (sizes > SPECK * usual) & (sizes < 3 * usual)
    return _Characters(boxes[alike, :2] + boxes[alike, 2:] / 2, usual)


def _rows(ink: Pixels) -> _Rows:
    ruled, ink = _ruled(ink)
    characters = _characters(ink)
    tried = np.arange(-90 + STEP, 91, STEP) if ruled is None else np.array([ruled, ruled + 90.0])
    if len(characters.middles) < 3:
        return _Rows(ruled or 0.0, ruled is not None)
    rough = float(tried[int(_votes(characters, np.radians(tried)).argmax())])
    fine, sure = (0.0, True) if ruled is not None else _looked_at_again(_turned_ink(ink, -rough))
    return _Rows(90.0 - (90.0 - rough - fine) % 180.0, sure)


def _ruled(ink: Pixels) -> tuple[float | None, Pixels]:
    """The direction of ruled lines, in (-45, 45] degrees, None where there are none; and `ink` without them."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    longest = max(ink.shape)
    large = stats[:, 2:4].max(axis=1) > LONG * longest
    large[0] = False
    starts, ends = _segments(large[labels]) if large.any() else (np.zeros((0, 2)), np.zeros((0, 2)))
    if not len(starts):
        return None, ink
    across, down = (ends - starts).T
    lengths, angles = np.hypot(across, down), np.degrees(np.arctan2(-down, across))
    of_each = np.asarray(np.bincount(np.rint(2 * angles).astype(int) % 180, lengths, 180))
    peak = int(np.sum([np.roll(of_each, n) for n in range(-2, 3)], axis=0).argmax()) / 2
    alike = np.abs((angles - peak + 45) % 90 - 45) <= STRAY
    if lengths[alike].sum() < STRAIGHT * lengths.sum():
        return None, ink
    fourfold = np.exp(4j * np.radians(angles[alike]))
    direction = _to_the_nearest_quarter(float(np.degrees(np.angle((lengths[alike] * fourfold).sum()))) / 4)
    if _lines(starts[alike], ends[alike], direction, longest) < LINES:
        return None, ink
    bare = ink.copy()
    for start, end in zip(starts[alike], ends[alike], strict=True):
        cv2.line(bare, np.rint(start).astype(int).tolist(), np.rint(end).astype(int).tolist(), 0, 3)
    return direction, bare


def _segments(ink: Mask) -> tuple[Floats, Floats]:
    """Where straight edges start and where they end, each [n, 2], x and y."""
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(ink.astype(np.uint8) * 255)[0]
    ends = np.zeros((0, 4)) if found is None else np.asarray(found, np.float64).reshape(-1, 4)
    return ends[:, :2], ends[:, 2:]


def _lines(starts: Floats, ends: Floats, direction: float, longest: int) -> int:
    """How many long lines the segments are parts of, which run in `direction` or across it."""
    cos, sin = np.cos(np.radians(direction)), np.sin(np.radians(direction))
    middles, lengths = (starts + ends) / 2, np.hypot(*(ends - starts).T)
    along = np.abs((ends - starts) @ (cos, -sin)) > 0.7 * lengths
    total = 0
    for own, normal in ((along, (sin, cos)), (~along, (cos, -sin))):
        if own.any():
            places = np.floor(middles[own] @ normal / (APART * longest)).astype(int)
            total += int((np.bincount(places - places.min(), lengths[own]) > LONG * longest).sum())
    return total


def _votes(characters: _Characters, angles: Floats) -> Floats:
    """For each of `angles`, in radians, how many of the nearest neighbours stand in that direction."""
    middles = characters.middles
    asked = middles[:: -(-len(middles) // ASKED)]
    away = middles[None] - asked[:, None]
    distances = np.hypot(away[..., 0], away[..., 1])
    count = min(NEIGHBOURS + 1, len(middles))
    nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
    near = np.take_along_axis(distances, nearest, axis=1)
    x, y = (np.take_along_axis(away[..., i], nearest, axis=1) for i in (0, 1))
    taken = (near > 0.3 * characters.size) & (near < FAR * characters.size)
    near, x, y = near[taken] / characters.size, x[taken] / characters.size, y[taken] / characters.size
    beside = x[:, None] * np.sin(angles) + y[:, None] * np.cos(angles)  # y runs downwards
    return np.asarray((np.exp(-0.5 * (beside / SPREAD) ** 2) * np.exp(-near / 1.5)[:, None]).sum(axis=0))


def _turned_ink(ink: Pixels, degrees: float) -> Pixels:
    matrix, size = _matrix(ink.shape[1], ink.shape[0], degrees)
    return np.asarray(cv2.warpAffine(ink, of_middles(matrix)[:2], size, flags=cv2.INTER_NEAREST), np.uint8)


def _looked_at_again(ink: Pixels) -> tuple[float, bool]:
    """By how many degrees nearly level rows climb still, and whether they are rows."""
    characters = _characters(ink)
    by_height = characters.middles[np.argsort(characters.middles[:, 1], kind="stable")]
    some = max(0, len(by_height) - FOLLOWED) // 2
    x, y = by_height[some : some + FOLLOWED].T
    row = _linked(x, y, characters.size)
    count = np.bincount(row)
    if count.max(initial=0) < 2:
        return 0.0, False
    across, down = (v - np.bincount(row, v)[row] / count[row] for v in (x, y))
    slope = float((across * down).sum() / (across * across).sum())
    off = down - slope * across
    followers = len(x) - int((count > 0).sum())
    level = float(np.sqrt((off * off).sum() / followers)) < SPREAD * characters.size
    return -float(np.degrees(np.arctan(slope))), followers >= ENOUGH and level and followers >= 0.6 * len(x)


def _linked(x: Floats, y: Floats, size: float) -> npt.NDArray[np.int64]:
    """Of each character the number of its row: it follows the nearest to its left at its own height."""
    row = np.arange(len(x))
    for i in np.argsort(x, kind="stable"):
        behind = x[i] - x
        level = (behind > 0.3 * size) & (behind < FAR * size) & (np.abs(y - y[i]) < LINKED * size)
        if level.any():
            row[i] = row[np.flatnonzero(level)[behind[level].argmin()]]
    return row


def turned(picture: Pixels, degrees: float) -> tuple[Pixels, Turn]:
    """`picture`, uint8 [h, w, C], turned counter-clockwise about its middle, on a sheet that holds all of it.

    The sheet goes on as the paper at the picture's edge does. Quarter turns move pixels and change none.
    """
    height, width = picture.shape[:2]
    matrix, size = _matrix(width, height, degrees)
    turn = Turn(np.asarray(np.linalg.inv(matrix), np.float64), width, height)
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(picture, round(degrees / 90) % 4)), turn
    sheet = _paper_around(picture, matrix, size)
    onto = of_middles(matrix)[:2]
    laid = cv2.warpAffine(picture, onto, size, sheet, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_TRANSPARENT)
    return np.asarray(laid, np.uint8).reshape(size[1], size[0], -1), turn


def covered(turn: Turn, size: tuple[int, int]) -> Mask:
    """Where a turned picture of this height and width has the original's pixels, and not the sheet around them."""
    onto = of_middles(np.asarray(np.linalg.inv(turn.matrix), np.float64))[:2]
    inside = np.full((turn.height, turn.width), 255, np.uint8)
    return np.asarray(cv2.warpAffine(inside, onto, size[::-1], flags=cv2.INTER_LINEAR) == 255, bool)


def _matrix(width: int, height: int, degrees: float) -> tuple[Floats, tuple[int, int]]:
    """What turns a picture about its middle onto a sheet that holds all of it, and that sheet's width and height."""
    quarters = degrees / 90
    angle = np.radians(degrees)
    cos, sin = (
        (float(np.cos(angle)), float(np.sin(angle)))
        if quarters % 1
        else ((1, 0), (0, 1), (-1, 0), (0, -1))[int(quarters) % 4]
    )
    wide, high = abs(width * cos) + abs(height * sin), abs(width * sin) + abs(height * cos)
    size = int(np.ceil(wide)), int(np.ceil(high))
    turn = np.array([[cos, sin], [-sin, cos]])  # y runs downwards
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = np.array(size) / 2 - turn @ (width / 2, height / 2)
    return matrix, size


def of_middles(matrix: Floats) -> Floats:
    """`matrix` for pixels that are counted by their middles, as OpenCV does."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.asarray(np.linalg.inv(half) @ matrix @ half)


def _paper_around(picture: Pixels, matrix: Floats, size: tuple[int, int]) -> Pixels:
    """A sheet of `size`, uint8, that goes on as `picture` does at its edge, without what is written there."""
    height, width = picture.shape[:2]
    scale = min(1.0, PAPER / max(height, width))
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.medianBlur(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA), MEDIAN)
    larger = np.diag([width / wide, height / high, 1.0])
    onto = of_middles(matrix @ larger)[:2]
    sheet = cv2.warpAffine(small, onto, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sheet, np.uint8)


def characters(ink: Mask) -> int:
    """How many shapes of the usual size there are."""
    return len(_characters(_small(ink)).middles)


def candidates(ink: Mask) -> tuple[float, ...]:
    """The turns worth trying on a picture that cannot be read as it lies, best first, in (-180, 180] degrees.

    With rows: level first, then upside down, then on either side. Where rows are doubtful, the quarter turns come
    before the others; one character alone stays as it is.
    """
    small = _small(ink)
    rows = _rows(small)
    level = -rows.degrees
    quarter = 90.0 * round(level / 90)
    if abs(level - quarter) < LEVEL:
        level = quarter
    if rows.sure or level % 90 == 0:
        return tuple(_half_circle(level + more) for more in (0, 180, 90, -90))
    return tuple(_half_circle(turn) for turn in (level, level + 180, 180.0, quarter or 90.0))


def _half_circle(degrees: float) -> float:
    """`degrees` without whole turns: in (-180, 180]."""
    return 180.0 - (180.0 - degrees) % 360.0
