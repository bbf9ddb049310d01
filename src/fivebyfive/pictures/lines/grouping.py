"""Which strokes belong to one character: strokes that nearly touch, or stand above one another, do.

All neighbours that belong together are looked for at once, the nearest of each are joined, and it is looked again,
until there are none. What is small is kept apart unless it touches: it may be a point. Where it is not clear whether
two strokes are one character or two, they are left apart; whoever knows digits may join them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.lines import display, nearness
from fivebyfive.pictures.lines.nearness import Floats, Labels, Numbers, Pairs
from fivebyfive.pictures.lines.parts import Parts, middle_by_ink, usual_around
from fivebyfive.pictures.lines.rings import rings

Mask = npt.NDArray[np.bool_]

TALLEST, LIFTED = 2.3, 0.16
"""A digit whose halves do not touch is at most so many times as high as either, and they are so near, in its height."""
NESTED = 1.7
"""Two digits above one another are together higher, beside either; halves that reach into one another are not."""
REACH = 0.2
"""Nothing further apart belongs together, in the usual size."""
SMALL, GRAIN = 0.3, 0.06
"""What is smaller, in the usual size, is no stroke but a speck; and what is smaller yet is the paper's."""
TOUCHING, BESIDE, OF_COLON = 0.09, 0.045, 0.02
"""A speck so near to a stroke belongs to it; one that lies low beside it, as a point would; and one of two dots above
one another. In the usual size."""
COLON = (0.22, 0.8)
"""The two dots of a colon are so far apart, from middle to middle, in the usual size."""
ASIDE = 0.15
"""And one is no further to the side of the other."""

STROKES, SPECKS = 3_000, 30_000
"""The most that are looked at. A page of the 2,048 pixels that are worked on is full of 3,000 digits, with
27 × 37 pixels for each; and a thousand of them take a second."""
OVERLAID = 16
"""All boxes together are at most so many times the picture: on paper, some twice; rings in rings, hundreds."""
ROUNDS = 100
"""A character that is not whole after so many rounds has far more strokes than any that is written."""


class TooMuch(Exception):
    """There is too much in the picture to be read; the message says what."""


@dataclass(frozen=True)
class Shape:
    """One character's ink, or a speck: its box in the mask.

    Attributes:
        area: how many pixels are inked.
        usual: the size of what stands around it, in pixels: what counts as small or near is told by it.
        is_colon: whether it is two dots, one above the other.
    """

    left: int
    top: int
    right: int
    bottom: int
    area: int
    usual: float = 0.0
    is_colon: bool = False

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def size(self) -> int:
        return max(self.width, self.height)

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.right, self.bottom


@dataclass(frozen=True)
class Shapes:
    """What stands in a mask.

    Attributes:
        shapes: from the left to the right.
        labels: int32 [h, w], of each pixel the number of its shape, counted from 1; 0 for paper and what is left out.
        cut_off: boxes (left, top, right, bottom) of what lies along the picture's edge, as a table or a hand does.
        around: those of lines drawn around what is written.
    """

    shapes: tuple[Shape, ...]
    labels: Labels
    cut_off: tuple[tuple[int, int, int, int], ...] = ()
    around: tuple[tuple[int, int, int, int], ...] = ()


def shapes(mask: Mask) -> Shapes:
    """The characters and specks in `mask` [h, w]; the two dots of a colon are one shape.

    Raises:
        TooMuch: there are more shapes, or they lie more over one another, than in any writing.
    """
    labels, parts = _components(mask)
    may_be = _chosen(labels, parts.sizes)
    _check_overlaid(parts.at(np.flatnonzero(may_be)), mask.size)
    around = rings(parts, labels, np.flatnonzero(may_be))
    is_outside = ~may_be
    is_outside[0] = may_be[around] = False
    chosen, outside = np.flatnonzero(may_be), np.flatnonzero(is_outside)
    if chosen.size == 0:
        return Shapes((), np.zeros_like(labels))
    tall = middle_by_ink(parts.sizes[chosen], parts.area[chosen])
    cut_off = tuple(parts.box(i) for i in outside[parts.sizes[outside] >= SMALL * tall])
    chosen = chosen[parts.sizes[chosen] >= GRAIN * tall]
    _check_count(parts.sizes[chosen] >= SMALL * tall)
    numbers = np.zeros(len(parts.area), np.int32)
    numbers[chosen] = np.arange(1, len(chosen) + 1)
    kept = parts.at(chosen)
    owners, colons, usual = _owners(kept, labels, numbers)
    found, ranks = _in_order(kept, owners, colons, usual)
    around_others = tuple(parts.box(int(i)) for i in around)
    return Shapes(found, np.concatenate([np.zeros(1, np.int32), ranks])[numbers][labels], cut_off, around_others)


def _components(mask: Mask) -> tuple[Labels, Parts]:
    """Of each pixel of `mask` the number of its component, 0 for paper; and the components, the paper's first."""
    ink = np.ascontiguousarray(mask).view(np.uint8)
    labels = np.zeros(mask.shape, np.int32)
    left, top, width, height = cv2.boundingRect(ink)
    left, top, right, bottom = left & ~1, top & ~1, left + width, top + height
    if not width:
        return labels, Parts(*np.zeros((5, 1), np.int64))
    box = np.s_[top:bottom, left:right]
    _, labels[box], stats, _ = cv2.connectedComponentsWithStats(ink[box], connectivity=8)
    return labels, Parts.of(np.asarray(stats, np.int64) + np.array([left, top, 0, 0, 0]))


def _chosen(labels: Labels, sizes: Numbers) -> Mask:
    """Whether each component may be written.

    A digit that fills its picture touches the edge; beside anything whole, what does so is a table or a hand.
    """
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    whole = np.bincount(edge, minlength=len(sizes)) < 0.35 * sizes
    whole[0] = False
    if (sizes[whole] > 0.3 * sizes[1:].max(initial=0)).any():
        return whole
    return np.arange(len(sizes)) > 0


def _check_count(large: Mask) -> None:
    strokes = int(large.sum())
    for count, most in ((strokes, STROKES), (len(large) - strokes, SPECKS)):
        if count > most:
            raise TooMuch(f"{count:,} shapes are too many to be read; give a part of the picture")


def _check_overlaid(parts: Parts, pixels: int) -> None:
    if int((parts.width * parts.height).sum()) > OVERLAID * pixels:
        number = len(parts.area)
        raise TooMuch(f"{number:,} shapes lie over one another, too many to be told apart; give a part of them")


def _owners(parts: Parts, labels: Labels, numbers: Labels) -> tuple[Numbers, Numbers, Floats]:
    """Which shape each part belongs to, [n], numbers from 0; which of these are colons; and the usual size around each
    part, [n].

    `labels` [h, w] are components; `numbers` tells which part, from 1, each component is, or 0.
    """
    usual = display.usual(parts, usual_around(parts))
    near = _neighbours(parts, labels, numbers, REACH * float(usual.max()))
    speck = parts.sizes < SMALL * usual
    stroke = ~(speck[near.first] | speck[near.second])
    owners = _joined(parts, np.arange(len(usual)), usual, _at(near, stroke))
    owners = _with_specks(parts, owners, usual, _at(near, speck[near.first] != speck[near.second]), speck)
    # Where digits are in pieces, what is usual is larger than it seemed, and more is near enough.
    whole = parts.joined(owners)
    around = np.maximum(_largest(usual, owners), usual_around(whole))
    large = (whole.sizes >= SMALL * around)[owners]
    usual = around[owners]
    owners = _joined(parts, owners, usual, _at(near, large[near.first] & large[near.second]))
    return *_with_colons(parts, owners, usual), usual


FEW = 500
"""So few boxes are compared with one another before the pixels between them are looked at."""


def _neighbours(parts: Parts, labels: Labels, numbers: Labels, reach: float) -> Pairs:
    """Which parts are less than `reach` apart, by number from 0."""
    crowded = np.ones(len(parts.area), bool)
    if len(crowded) <= FEW:
        apart_x = np.maximum.outer(parts.left, parts.left) - np.minimum.outer(parts.right, parts.right)
        apart_y = np.maximum.outer(parts.top, parts.top) - np.minimum.outer(parts.bottom, parts.bottom)
        crowded = ((apart_x < reach) & (apart_y < reach)).sum(axis=1) > 1
    if not crowded.any():
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    some = parts.at(np.flatnonzero(crowded))
    cut = labels[some.top.min() : some.bottom.max(), some.left.min() : some.right.max()]
    near = nearness.pairs(numbers[cut], reach)
    return Pairs(near.first - 1, near.second - 1, near.distance)


def _at(near: Pairs, chosen: Mask) -> Pairs:
    return Pairs(near.first[chosen], near.second[chosen], near.distance[chosen])


def _joined(parts: Parts, owners: Numbers, usual: Floats, near: Pairs) -> Numbers:
    """The owner of each part, [n], when those of `owners` that are strokes of one character are joined."""
    if not len(near.first):
        return owners
    for _ in range(ROUNDS):
        whole = parts.joined(owners)
        between = Pairs(owners[near.first], owners[near.second], near.distance).least()
        limits = _limits(whole, _largest(usual, owners), between)
        chosen = _mutually_nearest(between, between.distance / np.maximum(limits, 1e-9))
        if not len(chosen):
            return owners
        to = np.arange(len(whole.area))
        to[between.second[chosen]] = between.first[chosen]
        owners = np.unique(to[owners], return_inverse=True)[1]
    raise TooMuch("the strokes are too many and too entangled to be read; give a part of the picture")


def _mutually_nearest(between: Pairs, share: Floats) -> Numbers:
    """The pairs, by number, in which each is the nearest of the other's neighbours, with `share` [n] below 1."""
    best = np.full(int(max(between.first.max(initial=-1), between.second.max(initial=-1))) + 1, np.inf)
    for side in (between.first, between.second):
        np.minimum.at(best, side, share)
    found = np.flatnonzero((share < 1) & (share == best[between.first]) & (share == best[between.second]))
    taken: set[int] = set()
    result = []
    for i in found:
        both = {int(between.first[i]), int(between.second[i])}
        if not both & taken:
            taken |= both
            result.append(int(i))
    return np.array(result, np.int64)


def _limits(parts: Parts, usual: Floats, near: Pairs) -> Floats:
    """How near the two of each pair must be to belong to one character, [n]; 0: they cannot."""
    a, b = parts.at(near.first), parts.at(near.second)
    tall = np.maximum(usual[near.first], usual[near.second])
    apart_x = np.maximum(a.left, b.left) - np.minimum(a.right, b.right)
    apart_y = np.maximum(a.top, b.top) - np.minimum(a.bottom, b.bottom)
    width = np.maximum(a.right, b.right) - np.minimum(a.left, b.left)
    height = np.maximum(a.bottom, b.bottom) - np.minimum(a.top, b.top)
    lower = np.minimum(a.height, b.height)
    over = -apart_x / np.maximum(1, np.minimum(a.width, b.width))
    beside = -apart_y / np.maximum(1, lower)
    shares: Floats = np.select(
        [
            (height > TALLEST * tall) | (width > 1.3 * np.maximum(height, tall)),
            # Two halves of one digit, if the pen was lifted for a moment: rows keep more apart.
            (height > 1.45 * tall) & (over > 0.3) & (beside < np.where(height < NESTED * tall, 0.45, 0.2)),
            height > 1.45 * tall,
            (over > 0.5) & (beside < 0.5),  # one above the other
            (over > 0.3) & (beside < 0),  # the same, slanted
            (lower < 0.7 * tall) & (height < 1.25 * tall),  # a piece of a stroke beside another
            over > 0.6,
        ],
        [0.0, LIFTED, 0.0, REACH, LIFTED, 0.1, 0.15],
        0.0,
    )
    return tall * shares


def _with_specks(parts: Parts, owners: Numbers, usual: Floats, near: Pairs, speck: Mask) -> Numbers:
    """`owners` with each speck given to the stroke that it nearly touches, the nearest."""
    if not len(near.first):
        return owners
    first = speck[near.first]
    small, large = np.where(first, near.first, near.second), np.where(first, near.second, near.first)
    whole = parts.joined(owners).at(owners[large])
    # A stroke that leans leaves room at its foot.
    outside = parts.left[small] + parts.right[small] > whole.left + whole.right
    outside |= np.maximum(parts.left[small], whole.left) >= np.minimum(parts.right[small], whole.right)
    low = parts.top[small] + parts.bottom[small] > whole.top + 1.3 * whole.bottom - 0.3 * whole.top
    dots = np.zeros(len(owners), bool)
    dots[np.concatenate(_colons(parts, usual))] = True
    limit = np.where(outside & low, BESIDE, TOUCHING)
    limit = np.where(dots[small], OF_COLON, limit) * usual[small]
    order = np.argsort(-near.distance, kind="stable")
    order = order[near.distance[order] < limit[order]]
    result = owners.copy()
    result[small[order]] = owners[large[order]]
    return np.asarray(np.unique(result, return_inverse=True)[1])


def _colons(parts: Parts, usual: Floats) -> tuple[Numbers, Numbers]:
    """The upper and the lower dots of colons, by number: as large, above one another, without a third that is so."""
    dots = np.flatnonzero((parts.sizes < SMALL * usual) & (parts.sizes < 1.8 * np.minimum(parts.width, parts.height)))
    if len(dots) < 2:
        return dots[:0], dots[:0]
    size, x, y = parts.sizes, (parts.left + parts.right) / 2, (parts.top + parts.bottom) / 2
    found: dict[int, int] = {}
    taken: set[int] = set()
    # Dots whose middles are near are in one strip in at least one of two ways to part the picture in strips.
    for shift in (0.0, 0.5):
        strip = np.floor((x[dots] - parts.left.min()) / (2 * ASIDE * usual[dots]) + shift)
        order = np.lexsort((y[dots], strip))
        strip, at = strip[order], dots[order]
        upper, lower = at[:-1], at[1:]
        apart = (y[lower] - y[upper]) / usual[lower]
        pair = (strip[:-1] == strip[1:]) & (apart > COLON[0]) & (apart < COLON[1])
        pair &= np.maximum(size[upper], size[lower]) < 1.6 * np.minimum(size[upper], size[lower])
        pair &= np.abs(x[upper] - x[lower]) < ASIDE * usual[lower]
        alone = pair & ~np.append(pair[1:], False) & ~np.append(False, pair[:-1])
        for one, other in zip(upper[alone].tolist(), lower[alone].tolist(), strict=True):
            if not {one, other} & taken:
                taken |= {one, other}
                found[one] = other
    return np.array(list(found), np.int64), np.array(list(found.values()), np.int64)


def _with_colons(parts: Parts, owners: Numbers, usual: Floats) -> tuple[Numbers, Numbers]:
    """`owners` with the two dots of each colon joined; and which owners are colons."""
    upper, lower = _colons(parts.joined(owners), _largest(usual, owners))
    if not len(upper):
        return owners, upper
    to = np.arange(int(owners.max()) + 1)
    to[lower] = upper
    left, joined = np.unique(to[owners], return_inverse=True)
    return np.asarray(joined), np.searchsorted(left, upper)


def _in_order(parts: Parts, owners: Numbers, colons: Numbers, usual: Floats) -> tuple[tuple[Shape, ...], Labels]:
    """The shapes from the left, and the number of each part's shape there, from 1, [n]; `colons` are numbers of
    owners.
    """
    whole = parts.joined(owners)
    tall = _largest(usual, owners)
    order = np.lexsort((whole.top, whole.left))
    rank = np.zeros(len(order), np.int32)
    rank[order] = np.arange(1, len(order) + 1)
    dots = np.isin(order, colons).tolist()
    boxed = zip(order.tolist(), dots, strict=True)
    return tuple(Shape(*whole.box(i), int(whole.area[i]), float(tall[i]), two) for i, two in boxed), rank[owners]


def _largest(usual: Floats, owners: Numbers) -> Floats:
    result = np.zeros(int(owners.max()) + 1)
    np.maximum.at(result, owners, usual)
    return result
