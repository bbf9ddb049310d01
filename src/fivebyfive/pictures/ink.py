"""Where there is ink in a picture: how much darker than its paper each pixel is, or lighter on a dark board.

The paper is what is left when everything narrow is filled with what surrounds it (a morphological closing), so that
shadows, which are wide, belong to the paper. Ruled lines are taken out.

Source: J. Serra, Image Analysis and Mathematical Morphology (1982).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures import ruling

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SHORTEST, LONGEST = 512, 2048
"""The longer side of the picture that is worked on: strokes are some pixels wide in it, and it stays quick."""

MOST = 16
"""A smaller picture is enlarged by no more than this."""

WIDE = 0.4
"""Nothing written is wider than this share of the picture's shorter side."""

ROUGH = 512
"""The longer side at which the width of strokes is measured."""

PAPER = 320
"""The longer side at which the paper is estimated: it changes slowly."""

SMALL = 96
"""The longer side at which the paper's colours are compared."""

FAINTEST = 0.09
"""Ink takes at least this share of the paper's light away."""


@dataclass(frozen=True)
class Ink:
    """Ink found in a picture.

    Attributes:
        amount: float32 [h, w] in [0, 1]: the share of the paper's light that is missing; lines are taken out.
        mask: bool [h, w], where there is ink.
        lines: bool [h, w], where ruled lines were taken out.
        scale: one pixel here is 1 / scale pixels of the picture.
        light: whether the ink was lighter than its background.
        noise: the spread of `amount` where there is only paper.
        paper: float32 [h / n, w / n, C], the picture without its ink, made small.
    """

    amount: Floats
    mask: Mask
    lines: Mask
    scale: float
    light: bool
    noise: float
    paper: Floats

    def colours_around(self, top: int, bottom: int, left: int, right: int) -> float:
        """How far the paper's colour changes in and around a box, whatever its light: 0 on one sheet, in shadow too.

        The largest change of a channel's share of the light, but for the outermost tenths: 0 to 1.
        """
        tall, wide = bottom - top, right - left
        small = self.paper.shape[0] / self.amount.shape[0]
        rows = slice(max(0, int((top - tall) * small)), max(1, int((bottom + tall) * small) + 1))
        columns = slice(max(0, int((left - wide) * small)), max(1, int((right + wide) * small) + 1))
        here = self.paper[rows, columns].reshape(-1, self.paper.shape[2])
        shares = here / np.maximum(here.sum(axis=1, keepdims=True), 1.0)
        return max(_quantile(share, 0.9) - _quantile(share, 0.1) for share in shares.T)


def find(picture: Pixels) -> Ink:
    """The ink in `picture`, uint8 [h, w, C] with 1 or 3 channels."""
    work, scale = _working_size(picture)
    light = _ink_is_light(work)
    if light:
        work = 255.0 - work
    width = _roughly_stroke_width(work)
    window = (
        2.5 * width + 0.02 * max(work.shape[:2])
        if 0 < width < 0.16 * min(work.shape[:2])
        else WIDE * min(work.shape[:2])
    )
    return _ink_on(work, _paper(work, window), scale, light)


def _roughly_stroke_width(work: Floats) -> float:
    """In pixels, measured in a smaller picture: where strokes are narrow, the paper can follow its shadows closely."""
    size = _fit(work, ROUGH)
    small = np.asarray(cv2.resize(work, size, interpolation=cv2.INTER_AREA), np.float32)
    small = small.reshape(size[1], size[0], work.shape[2])
    found = _ink_on(small, _paper(small, WIDE * min(small.shape[:2])), 1.0, False)
    return float(_stroke_width(found.mask) * work.shape[1] / size[0])


def _ink_on(work: Floats, paper: Floats, scale: float, light: bool) -> Ink:
    amount, noise = _missing_light(work, paper)
    lines = ruling.find(amount, float(np.clip(2.5 * noise, 0.04, 0.1)))
    amount[lines.removable] = 0
    mask = _without_remnants(_inked(amount, noise), amount, lines.level)
    small = np.asarray(cv2.resize(paper, _fit(paper, SMALL), interpolation=cv2.INTER_AREA), np.float32)
    return Ink(amount, mask, lines.removable, scale, light, noise, small.reshape(*small.shape[:2], -1))


def _without_remnants(mask: Mask, amount: Floats, level: Floats) -> Mask:
    """`mask` without strokes that lie on ruled lines and are no darker than these: they are what is left of them."""
    if not level.any():
        return mask
    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    area = np.bincount(labels.ravel(), minlength=count)
    ruled = (level > 0) & (amount < 1.6 * level + 0.05)
    remnant = np.bincount(labels[ruled], minlength=count) > 0.75 * area
    return np.asarray(mask & ~remnant[labels])


def _working_size(picture: Pixels) -> tuple[Floats, float]:
    """`picture` as floats 0 to 255, its longer side between SHORTEST and LONGEST: (that, how much larger it is)."""
    height, width = picture.shape[:2]
    scale = min(MOST, float(np.clip(max(height, width), SHORTEST, LONGEST)) / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    work = picture if scale == 1 else cv2.resize(picture, size, interpolation=way)
    work = cv2.GaussianBlur(work, (0, 0), 0.8 * max(1.0, scale * 0.5))
    return work.reshape(*work.shape[:2], -1).astype(np.float32), scale


def _ink_is_light(work: Floats) -> bool:
    """Whether the strokes are the light part: they are the rarer one, so the picture leans to their side."""
    size = _fit(work, PAPER)
    small = np.asarray(cv2.resize(work, size, interpolation=cv2.INTER_AREA)).reshape(size[1], size[0], -1).mean(axis=2)
    around = cv2.blur(small, (max(3, int(0.4 * min(small.shape))) | 1,) * 2, borderType=cv2.BORDER_REFLECT)
    difference = (small - around).astype(np.float64)
    return bool((difference**3).mean() > 0)


def _fit(image: Floats, longest: int) -> tuple[int, int]:
    """(width, height) of `image` with its longer side at most `longest`."""
    scale = min(1.0, longest / max(image.shape[:2]))
    return max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))


def _paper(work: Floats, window: float) -> Floats:
    """`work` without anything dark that is narrower than `window` pixels."""
    size = _fit(work, PAPER)
    # As bytes: closing goes over them many times faster.
    small = np.rint(cv2.resize(work, size, interpolation=cv2.INTER_AREA)).clip(0, 255).astype(np.uint8)
    side = max(3, round(window * size[0] / work.shape[1])) | 1
    # Beyond its edge the picture goes on as it ends; else the dark end of a shadow would look like something narrow.
    wider = cv2.copyMakeBorder(small, side, side, side, side, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(wider, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    closed = cv2.GaussianBlur(closed[side:-side, side:-side].astype(np.float32), (0, 0), 1.5)
    paper = cv2.resize(closed, work.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return paper.reshape(work.shape).astype(np.float32)


def _missing_light(work: Floats, paper: Floats) -> tuple[Floats, float]:
    """The share of the paper's light that each pixel of `work` lacks, [h, w], and its spread on bare paper."""
    # A dark sheet has little light to lose; the floor keeps its noise from counting as ink.
    amount = ((paper - work) / np.maximum(paper, 40.0)).mean(axis=2)
    bare, lower = _quantile(amount[::2, ::2], 0.5), _quantile(amount[::2, ::2], 0.25)
    return np.clip(amount - bare, 0, 1).astype(np.float32), float(bare - lower) / 0.674


def _quantile(values: Floats, share: float) -> float:
    """The value that this share of `values` lies below; NumPy's own first imports masked arrays."""
    flat = values.ravel()
    at = int(share * (flat.size - 1))
    return float(np.partition(flat, at)[at])


def _inked(amount: Floats, noise: float) -> Mask:
    """Where there is ink, [h, w]: each stroke down to about half of its own darkness, above the paper's noise."""
    floor = max(FAINTEST, 3.5 * noise)
    dark = amount[amount > floor]
    if dark.size == 0:
        return np.zeros(amount.shape, bool)
    faint = (amount > max(floor, 0.2 * _quantile(dark, 0.8))).astype(np.uint8)
    count, labels = cv2.connectedComponents(faint)
    at = np.flatnonzero(faint)
    stroke, value = labels.ravel()[at], amount.ravel()[at]
    # Sorted by stroke and then by value, as one number: the bits of numbers above 0 are in the order of the numbers.
    both = np.sort((stroke.astype(np.int64) << 32) | value.view(np.int32))
    ends = np.cumsum(np.bincount(stroke, minlength=count)[1:])
    starts = np.concatenate([[0], ends[:-1]])
    darkness = both[starts + ((ends - starts) * 9) // 10].astype(np.int32).view(np.float32)
    mask = np.zeros(amount.size, bool)
    mask[at] = value > 0.45 * darkness[stroke - 1]
    return mask.reshape(amount.shape)


def _stroke_width(mask: Mask) -> float:
    """The widest stroke in `mask`, in pixels, without what lies along the picture's edge, as a table or a hand does."""
    inside = mask.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    along = np.bincount(border, minlength=count) > 0.2 * stats[:, 2:4].max(axis=1)
    inside[along[labels]] = 0
    return 2.0 * float(cv2.distanceTransform(inside, cv2.DIST_L2, 3).max())
