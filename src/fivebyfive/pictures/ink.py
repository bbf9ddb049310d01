"""Where there is ink in a picture: how much darker than its paper each pixel is, or lighter on a dark board.

The paper is what is left when everything narrow is filled with what surrounds it (a morphological closing), so that
shadows, which are wide, belong to the paper. Ruled lines are taken out. A rough look at a small picture tells how wide
the strokes are; all else is done at the size that these need, on bytes.

Source: J. Serra, Image Analysis and Mathematical Morphology (1982).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.rules import ruling
from fivebyfive.pictures.rules.cells import Cell
from fivebyfive.pictures.threshold import STEPS, counts_of, inked

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

SHORTEST, LONGEST = 512, 2048
"""The longer side of the picture that is worked on: a smaller one is enlarged to no more, a larger one is reduced."""

MOST = 16
"""A smaller picture is enlarged by no more than this."""

FINE, COARSE = 8.0, 16.0
"""Pixels across a stroke: with fewer a picture is enlarged, with more it is reduced."""

WIDE = 0.4
"""Nothing written is wider than this share of the picture's shorter side."""

ROUGH = 160, 512
"""The longer side at which the width of strokes is measured: half of the picture's, but within these."""

PAPER = 320
"""The longer side at which the paper is estimated, or about: it changes slowly."""

CLOSING = 25
"""About the most pixels of the paper's picture that are closed at a time."""

SHARP = 0.2
"""A sheet ends where the paper's light changes by this share at once, which a shadow's does more slowly."""

SMALL, SPARSE = 96, 32
"""About the longer side at which the paper's colours are compared; of more rows or columns than so many, every second
or third."""

DIM = 40
"""A dark sheet has little light to lose; below this its noise would count as ink."""

MARKED = 0.85
"""What is marked with a coloured pen has more than this share of its paper's light, in its brightest channel."""

CLOSE = 400
"""Pixels a side of what may be a close-up, a margin included: its paper may be hidden under its digit."""
BROAD = 0.04
"""Half of what is so wide, beside the picture's shorter side, and lies along its edge, is no stroke."""
BLURRED = 7
"""Pixels that the blur of an edge takes."""
COLOURED = 0.07
"""Where the paper's colours differ by so much, there is coloured light on it or under it."""


@dataclass(frozen=True)
class Ink:
    """Ink found in a picture.

    Attributes:
        amount: float32 [h, w] in [0, 1]: the share of the paper's light that is missing; lines are taken out.
        untouched: uint8 [h, w], the same before that; STEPS are all of the light.
        mask: bool [h, w], where there is ink.
        lines: bool [h, w], where ruled lines were taken out.
        scale: one pixel here is 1 / scale pixels of the picture.
        light: whether the ink was lighter than its background.
        noise: the spread of `amount` where there is only paper.
        spread: the spread of all of it, a pattern's and much ink's too.
        paper: float32 [h / n, w / n, C], the picture without its ink, made small.
        cells: of tables, forms and frames, that the lines make.
    """

    amount: Floats
    untouched: Pixels
    mask: Mask
    lines: Mask
    scale: float
    light: bool
    noise: float
    spread: float
    paper: Floats
    cells: tuple[Cell, ...] = ()

    def colours_around(self, top: int, bottom: int, left: int, right: int) -> float:
        """How far the paper's colour changes in and around a box, whatever its light: 0 on one sheet, in shadow too.

        The largest change of a channel's share of the light, but for the outermost tenths: 0 to 1; 0 where the
        brightest channel stays the same, as where paper is marked with a coloured pen.
        """
        rows, columns = (
            _around(low, high, small, large)
            for low, high, small, large in zip(
                (top, left), (bottom, right), self.paper.shape[:2], self.amount.shape, strict=True
            )
        )
        here = _sparse(self.paper[rows, columns])
        first, last = _outer_tenths(here.max(axis=2).ravel())
        return 0.0 if first >= MARKED * last else _colours(here)


def find(picture: Pixels, light: bool | None = None, plain: bool = False, own: Mask | None = None) -> Ink:
    """The ink in `picture`, uint8 [h, w, C] with 1 or 3 channels.

    Args:
        light: whether ink is lighter than its paper; None: whichever is rarer.
        plain: one threshold for all strokes, rather than one for each; coloured light is no paper, and a close-up's
            paper is of one shade.
        own: bool [h, w], where it is what a camera saw: around that is no ink, and no grain to tell ink by. None: all.
    """
    rough = _rough(picture)
    if light is None:
        light = _ink_is_light(rough)
    turned = _turned if light else _as_it_is
    thin, wide = (n * max(picture.shape[:2]) / max(rough.shape[:2]) for n in _stroke_widths(turned(rough)))
    work, scale = _working_size(picture, thin)
    work = turned(work)
    flat = plain and max(picture.shape[:2]) <= CLOSE
    paper = _flat(work) if flat else _paper(work, _window(wide * scale, work))
    small = _made_smaller(paper, max(paper.shape[:2]) / SMALL).astype(np.float32)
    if not light and not plain and _colours(_sparse(small)) >= COLOURED:
        work, paper = _brightest(work), _brightest(paper)
    share = _light_left(work, paper)
    own = None if own is None else _within(own, share)
    missing, noise = _missing(share, own)
    if own is not None:
        missing[~own] = 0
    amount = missing * np.float32(1 / STEPS)
    lines = ruling.find(amount, float(np.clip(2.5 * noise, 0.04, 0.1)))
    untouched = missing
    if lines.removable.any():
        missing = missing.copy()
        amount[lines.removable] = 0
        missing[lines.removable] = 0
    mask = _without_remnants(inked(missing, noise, plain), amount, lines.level)
    return Ink(amount, untouched, mask, lines.removable, scale, light, noise, _spread(share, own), small, lines.cells)


def _around(low: int, high: int, small: int, large: int) -> slice:
    """What of a paper of so many pixels lies from `low` to `high`, of so many more, and as far again to either side."""
    size = high - low
    first = int((low - size) * small / large)
    return slice(min(max(0, first), small - 1), max(1, int((high + size) * small / large) + 1))


def _within(own: Mask, share: Pixels) -> Mask:
    """`own` in the size of `share`, less what the blur of its edge reaches."""
    there = cv2.resize(own.astype(np.uint8), share.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.erode(there, np.ones((BLURRED, BLURRED), np.uint8))).reshape(share.shape) > 0


def _as_it_is(image: Pixels) -> Pixels:
    return image


def _turned(image: Pixels) -> Pixels:
    """Light and dark exchanged."""
    return np.asarray(cv2.bitwise_not(image), np.uint8).reshape(image.shape)


def _grey(image: Pixels) -> Floats:
    """The mean of the channels of each pixel, [h, w]."""
    channels = image.shape[2]
    total = np.add.reduce([image[:, :, n] for n in range(channels)], dtype=np.float32)
    return np.asarray(total / np.float32(channels), np.float32)


def _brightest(image: Pixels) -> Pixels:
    """Of each pixel the channel with most light: what is marked with a coloured pen is as bright there as its paper."""
    channels = [image[:, :, n : n + 1] for n in range(image.shape[2])]
    return np.asarray(np.maximum.reduce(channels), np.uint8)


def _colours(paper: Floats) -> float:
    """How far colour changes in `paper` [h, w, C], as `Ink.colours_around` has it."""
    if paper.shape[2] == 1:
        return 0.0
    shares = (paper / np.maximum(paper.sum(axis=2, keepdims=True), 1.0)).reshape(-1, paper.shape[2])
    first, last = _outer_tenths(shares)
    return float((last - first).max())


def _sparse(paper: Floats) -> Floats:
    """Some of its rows and columns."""
    return paper[:: 1 + paper.shape[0] // SPARSE, :: 1 + paper.shape[1] // SPARSE]


def _outer_tenths(values: Floats) -> tuple[Floats, Floats]:
    """What a tenth of `values` is below, and what a tenth is above, along the first axis."""
    first, last = int(0.1 * (len(values) - 1)), int(0.9 * (len(values) - 1))
    ordered = np.partition(values, (first, last), axis=0)
    return ordered[first], ordered[last]


def _resized(image: Pixels, size: tuple[int, int], way: int = cv2.INTER_AREA) -> Pixels:
    """`image` [h, w, C] with this width and height."""
    if image.shape[1::-1] == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=way), np.uint8).reshape(size[1], size[0], -1)


def _fit(image: Pixels, longest: float) -> tuple[int, int]:
    """(width, height) of `image` with its longer side at most `longest`."""
    return _scaled(image, min(1.0, longest / max(image.shape[:2])))


def _scaled(image: Pixels, scale: float) -> tuple[int, int]:
    return max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))


def _rough(picture: Pixels) -> Pixels:
    """`picture` at about the size at which its strokes are measured."""
    longest = max(picture.shape[:2])
    scale = min(MOST, float(np.clip(longest / 2, *ROUGH)) / longest)
    if scale > 1:
        return _resized(picture, _scaled(picture, scale), cv2.INTER_LINEAR)
    return _made_smaller(picture, 1 / scale)


def _made_smaller(image: Pixels, times: float) -> Pixels:
    """`image` made smaller about so many times, a whole number of them, which is quick: what is over at its right and
    its lower edge is left out.
    """
    factor = min(max(1, round(times)), *image.shape[:2])
    if factor == 1:
        return image
    high, wide = (n // factor for n in image.shape[:2])
    return _resized(image[: high * factor, : wide * factor], (wide, high))


def _ink_is_light(rough: Pixels) -> bool:
    """Whether the strokes are the light part: they are the rarer one, so the picture leans to their side."""
    small = _grey(_resized(rough, _fit(rough, ROUGH[0])))
    around = cv2.blur(small, (max(3, int(0.4 * min(small.shape))) | 1,) * 2, borderType=cv2.BORDER_REFLECT)
    difference = small - around
    return bool((difference * difference * difference).mean() > 0)


def _stroke_widths(rough: Pixels) -> tuple[float, float]:
    """Of a thin stroke and of the widest, in pixels; 0 where there is none.

    The widest is without what lies along the picture's edge and is broad, as a table or a hand.
    """
    missing, noise = _missing(_light_left(rough, _paper(rough, WIDE * min(rough.shape[:2]))))
    inside = inked(missing, noise, False).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    ridge = depth[(depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))]
    if not ridge.size:
        return 0.0, 0.0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    border, broad = (_edge_of(each) for each in (labels, depth > BROAD * min(rough.shape[:2])))
    along = np.bincount(border, minlength=count) > 0.2 * stats[:, 2:4].max(axis=1)
    thin = float(np.partition(ridge, len(ridge) // 4)[len(ridge) // 4])
    # What is written on ruled paper goes on in its lines to the edge, but is not broad there.
    outside = np.bincount(border[broad], minlength=count).astype(bool) & along
    return 2 * thin - 1, 2 * float(depth[~outside[labels]].max(initial=0))


def _edge_of(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The pixels along the four edges of `image`."""
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def _window(width: float, work: Pixels) -> float:
    """What is narrower than this is no paper: where strokes are narrow, the paper can follow its shadows closely."""
    if 0 < width < 0.16 * min(work.shape[:2]):
        return 2.5 * width + 0.02 * float(max(work.shape[:2]))
    return WIDE * float(min(work.shape[:2]))


def _working_size(picture: Pixels, width: float) -> tuple[Pixels, float]:
    """`picture` with strokes, `width` pixels wide in it, of FINE to COARSE pixels: (that, how much larger it is)."""
    longest = max(picture.shape[:2])
    wanted = float(np.clip(1.0, FINE / width, COARSE / width)) if width else FINE
    scale = min(
        MOST, float(np.clip(longest * wanted, min(longest, SHORTEST), max(min(longest, LONGEST), SHORTEST))) / longest
    )
    work = _resized(picture, _scaled(picture, scale), cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    blurred = cv2.GaussianBlur(work, (0, 0), 0.8 * max(1.0, scale * 0.5))
    return np.asarray(blurred, np.uint8).reshape(work.shape), scale


def _paper(work: Pixels, window: float) -> Pixels:
    """`work` without anything dark that is narrower than `window` pixels, about PAPER pixels large at most."""
    longest = max(work.shape[:2])
    small = _made_smaller(work, max(longest / PAPER, window / CLOSING))
    side = max(3, round(window * max(small.shape[:2]) / longest)) | 1
    # Beyond its edge the picture goes on as it ends; else the dark end of a shadow would look like something narrow.
    wider = cv2.copyMakeBorder(small, side, side, side, side, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(wider, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    closed = np.ascontiguousarray(closed[side:-side, side:-side]).reshape(small.shape)
    soft = cv2.GaussianBlur(closed, (0, 0), 1.5).reshape(small.shape)
    lower, upper = (
        np.asarray(way(closed, np.ones((5, 5), np.uint8)), np.uint8).reshape(small.shape)
        for way in (cv2.erode, cv2.dilate)
    )
    # Where a sheet ends and a table begins, the darker of both, or its rim would look like something narrow.
    ends = (_brightest(lower) < (1 - SHARP) * _brightest(upper)).astype(np.uint8)
    near = cv2.erode(closed, np.ones((3, 3), np.uint8)).reshape(small.shape)
    wide = cv2.dilate(ends, np.ones((3, 3), np.uint8))[..., None] > 0
    return np.where(wide, lower, cv2.min(near, soft).reshape(small.shape))


def _flat(work: Pixels) -> Pixels:
    """Paper of one shade: lighter than nine tenths of `work`."""
    pixels = work.reshape(-1, work.shape[2])
    tenth = max(1, len(pixels) // 10)
    shade = np.partition(pixels, len(pixels) - tenth, axis=0)[len(pixels) - tenth]
    width, height = _fit(work, SMALL)
    return np.broadcast_to(shade, (height, width, work.shape[2])).astype(np.uint8)


def _light_left(work: Pixels, paper: Pixels) -> Pixels:
    """The share of the paper's light that each pixel of `work` has, [h, w]; STEPS is all of it."""
    lift = np.asarray(cv2.subtract(np.full_like(paper, DIM), paper), np.uint8).reshape(paper.shape)
    if lift.any():
        lifted = cv2.add(work, _as_large_as(work, lift))
        work = np.asarray(lifted, np.uint8).reshape(work.shape)
    there = _as_large_as(work, np.maximum(paper, np.uint8(DIM)))
    left = cv2.divide(work, there, scale=STEPS)
    grey = cv2.cvtColor(left, cv2.COLOR_RGB2GRAY) if work.shape[2] == 3 else left
    return np.asarray(grey, np.uint8).reshape(work.shape[:2])


def _as_large_as(work: Pixels, paper: Pixels) -> Pixels:
    """`paper`, which is `work` made smaller, in its size again; what was left out then is as what is beside it."""
    high, wide = (large // small * small for large, small in zip(work.shape[:2], paper.shape[:2], strict=True))
    below, aside = work.shape[0] - high, work.shape[1] - wide
    large = cv2.copyMakeBorder(
        _resized(paper, (wide, high), cv2.INTER_LINEAR), 0, below, 0, aside, cv2.BORDER_REPLICATE
    )
    return np.asarray(large, np.uint8).reshape(work.shape[:2] + paper.shape[2:])


def _missing(share: Pixels, own: Mask | None = None) -> tuple[Pixels, float]:
    """How many of the bare paper's STEPS of light each pixel lacks, [h, w], and their spread on it, as a share.

    Bare paper is what is most frequent, of what has most of the light. Its grain is what lies on the lighter side of
    it, where no ink is: as far as two thirds of that reach, or as half of what is most frequent is reached, whichever
    is nearer, for what lies beside a table or in a glow is lighter too.
    """
    counts = np.convolve(counts_of(share, own), np.ones(3, np.int64), "same")
    lowest = STEPS - STEPS * 7 // 20
    bare = lowest + int(counts[lowest:].argmax())
    half = int((np.append(counts[bare:], 0) < 0.5 * counts[bare]).argmax()) / 1.18
    lighter = np.cumsum(counts[bare:]) - counts[bare] / 2
    noise = min(half, float(np.interp(0.683 * lighter[-1], lighter, np.arange(len(lighter)) + 0.5)))
    return np.asarray(cv2.subtract(np.full_like(share, bare), share), np.uint8).reshape(share.shape), noise / STEPS


def _spread(share: Pixels, own: Mask | None) -> float:
    """How far the lighter quarter of all pixels is from the middle one, as the deviation of a normal distribution."""
    counts = counts_of(share, own)
    below = np.cumsum(counts) / max(1, counts.sum())
    middle, upper = (float(np.interp(q, below, np.arange(256))) for q in (0.5, 0.75))
    return (upper - middle) / 0.674 / STEPS


def _without_remnants(mask: Mask, amount: Floats, level: Floats) -> Mask:
    """`mask` without strokes that lie on ruled lines and are no darker than these: they are what is left of them."""
    if not level.any():
        return mask
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    area = np.bincount(labels.ravel(), minlength=count)
    ruled = (level > 0) & (amount < 1.6 * level + 0.05)
    remnant = np.bincount(labels[ruled], minlength=count) > 0.75 * area
    return np.asarray(mask & ~remnant[labels])
