"""Where the paper ends: the outline of a sheet that lies on a darker desk, or a lighter one.

A sheet has straight sides with something quite different beyond them, and something is written on it. A shadow has one
straight side too, but it only takes light away, and not so much; what a shadow might be is no desk.

Source: N. Otsu, A Threshold Selection Method from Gray-Level Histograms, IEEE SMC 9 (1979).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.turning import Turn, of_middles

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

LONGEST = 192
"""The longer side of the picture in which the outline is looked for."""
BARE = 9
"""The window, in these pixels, whose median is the paper without what is written on it."""
GRAIN, NARROW = 3, 5
"""The window whose median has no grain; no part of a sheet is narrower."""
TINTS = 0.25
"""No two tints differ by more, as a channel's share of the light, as far as that matters here."""
LEAST, PARTLY, MOST = 0.15, 0.5, 0.97
"""Of the picture, what a sheet takes, and one at least that is not seen whole."""
DESK = 0.03
"""Of the picture, what the desk takes at least."""
EXACT = 0.95
"""Of a sheet and the outline with straight sides together, what they share."""
CORNERS = 6
"""Of a sheet that goes on beyond the picture, the outline has at most so many."""
EDGE = 0.025
"""A side so near to the picture's edge, of its longer side, is where the picture ends and not the sheet."""
CLEAR = 0.9
"""Of a sheet's side, what differs from the desk beside it."""
DIFFERENT = 14.0
"""Of 255, by how much what lies beside a side differs."""
BESIDE = 3.0
"""So many of these pixels beside a side it is looked at."""
UNLIKE = 0.15
"""By this share of the lighter one's light sheet and desk differ at least, whatever the desk."""
DARK, TINTED = 0.4, 0.045
"""A shadow leaves more than this share of the light, and changes a channel's share of it by less."""
QUADRILATERAL = 3
"""With so many straight sides it is no shadow."""
LITTLE, INK = 0.002, 0.35
"""Of a sheet, what is written takes more, and less."""
WRITTEN = 0.1
"""Somewhere on a sheet a stroke is so much darker than the paper, or lighter, as a share of its light."""


@dataclass(frozen=True, eq=False)
class Page:
    """A sheet's outline.

    Attributes:
        corners: float64 [n, 2], x and y in the picture's pixels, clockwise; the first pixel reaches from 0 to 1.
        whole: all of its four sides are in the picture.
    """

    corners: Floats
    whole: bool


@dataclass(frozen=True, eq=False)
class _Small:
    """A picture made small.

    Attributes:
        pixels: float64 [h, w, C]; `bare`, without what is narrow.
        scale: how many of its pixels each of the picture's is, across and down.
    """

    pixels: Floats
    bare: Floats
    scale: Floats


def page(picture: Pixels) -> Page | None:
    """The sheet that lies in `picture`, uint8 [h, w, C]; None where none is seen, or it is doubtful."""
    small = _small(picture)
    found: list[Page] = []
    for values in _contrasts(small):
        for limit in _limits(values):
            light = np.asarray(values > limit, np.uint8)
            found += [sheet for region in (light, 1 - light) if (sheet := _sheet(small, region)) is not None]
    # Of a sheet with a shadow across it, a part may have been found too.
    return max(found, key=lambda sheet: cv2.contourArea(sheet.corners.astype(np.float32)), default=None)


def _limits(values: Pixels) -> list[int]:
    """What parts `values` into light and dark; and the dark once more, as a sheet in shadow and a desk."""
    first = _parting(values)
    if not first:
        return []
    second = _parting(values[values <= first])
    return [first, second] if second else [first]


def _parting(values: Pixels) -> int:
    return int(cv2.threshold(values, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0])


def _small(picture: Pixels) -> _Small:
    height, width = picture.shape[:2]
    step = max(1, max(height, width) // (2 * LONGEST))
    scale = min(1.0, LONGEST / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    pixels = np.asarray(cv2.resize(picture[::step, ::step], size, interpolation=cv2.INTER_AREA), np.uint8)
    bare = np.asarray(cv2.medianBlur(pixels, BARE), np.float64).reshape(size[1], size[0], -1)
    return _Small(pixels.reshape(bare.shape).astype(np.float64), bare, np.array([size[0] / width, size[1] / height]))


def _contrasts(small: _Small) -> list[Pixels]:
    """What may tell the sheet from the desk, uint8 [h, w]: grey; of colours the darkest channel, for wood is yellow and
    paper is not, and how near each tint is to that in the middle, which shadows do not change.
    """
    contrasts = [small.pixels.mean(axis=2)]
    if small.pixels.shape[2] > 1:
        height, width = small.pixels.shape[:2]
        tints = small.bare + 8.0  # of the dark, which have no tint, it says little
        tints /= tints.sum(axis=2, keepdims=True)
        middle = tints[height // 4 : -height // 4 : 2, width // 4 : -width // 4 : 2].reshape(-1, tints.shape[2])
        away = np.abs(tints - np.median(middle, axis=0)).max(axis=2)
        contrasts += [small.pixels.min(axis=2), 255.0 - (away * (255.0 / TINTS)).clip(0, 255)]
    return [np.asarray(cv2.medianBlur(np.rint(values).astype(np.uint8), GRAIN), np.uint8) for values in contrasts]


def _sheet(small: _Small, region: Pixels) -> Page | None:
    """The outline of the largest part of `region`, uint8 [h, w], if that is a sheet."""
    # What is narrow outside may be the desk's grain, or ruling that ends where the sheet does.
    part = cv2.morphologyEx(region, cv2.MORPH_OPEN, np.ones((NARROW, NARROW), np.uint8))
    contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea, default=None)
    height, width = region.shape
    if largest is None or not LEAST < cv2.contourArea(largest) / (height * width) < MOST:
        return None
    corners = _straight(np.asarray(largest, np.int32))
    if corners is None:
        return None
    whole = len(_sides(corners, width, height)) == len(corners) == 4
    corners = _crossings(corners, largest.reshape(-1, 2)) if whole else corners
    inside = cv2.fillConvexPoly(np.zeros_like(region), np.rint(corners).astype(np.int32), 1).astype(bool)
    taken = cv2.drawContours(np.zeros_like(region), [largest], 0, 1, -1).astype(bool)
    if (inside & taken).sum() < EXACT * (inside | taken).sum():
        return None
    sides = _sides(corners, width, height)
    sure = len(sides) >= QUADRILATERAL
    if not whole and inside.mean() < PARTLY:
        return None
    if not sides or not all(_is_clear(small.bare, start, end, sure) for start, end in sides):
        return None
    if not _is_desk_around(small, inside, sure, whole) or not _is_written_on(small, inside, sure):
        return None
    return Page((corners + 0.5) / small.scale, whole)


def _straight(contour: npt.NDArray[np.int32]) -> Floats | None:
    """The corners [n, 2] of the convex outline with the fewest straight sides that is close to `contour`, clockwise."""
    hull = cv2.convexHull(contour)
    for share in (0.01, 0.02, 0.03):
        corners = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, True), True).reshape(-1, 2)
        if 4 <= len(corners) <= CORNERS:
            clockwise = cv2.contourArea(corners.astype(np.float32), True) > 0
            return np.asarray(corners if clockwise else corners[::-1], np.float64)
    return None


def _crossings(corners: Floats, outline: npt.NDArray[Any]) -> Floats:
    """Where the lines through the middles of the sides cross: `corners`, which may be round, more exactly."""
    lines = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = (end - start) / max(float(np.hypot(*(end - start))), 1.0)
        share = (outline - start) @ along / max(float(np.hypot(*(end - start))), 1.0)
        beside = np.abs((outline - start) @ np.array([along[1], -along[0]]))
        points = outline[(beside < BESIDE) & (share > 0.1) & (share < 0.9)]
        if len(points) < 5:
            return corners
        x, y, left, top = np.ravel(cv2.fitLine(points.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01))
        lines.append(np.cross([left, top, 1.0], [left + x, top + y, 1.0]))
    crossings = np.array([np.cross(lines[n - 1], lines[n]) for n in range(len(lines))])
    exact = crossings[:, :2] / np.where(np.abs(crossings[:, 2:]) > 1e-9, crossings[:, 2:], 1e-9)
    near = np.hypot(*(exact - corners).T) < 3 * BESIDE
    return np.where(near[:, None], exact, corners)


def _sides(corners: Floats, width: int, height: int) -> list[tuple[Floats, Floats]]:
    """The sides, from where to where, that are not the picture's own edge."""
    near = max(1.0, EDGE * max(width, height))
    last = np.array([width - 1, height - 1])
    result = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        at_edge = ((start <= near) & (end <= near)) | ((start >= last - near) & (end >= last - near))
        if not at_edge.any():
            result.append((start, end))
    return result


def _is_desk_around(small: _Small, inside: Mask, sure: bool, whole: bool) -> bool:
    """Whether all that lies outside is another thing, darker unless the sheet is whole; and, unless that is sure, not
    the same paper in less light.
    """
    margin = np.ones((5, 5), np.uint8)
    core = cv2.erode(inside.astype(np.uint8), margin).astype(bool)
    beyond = ~cv2.dilate(inside.astype(np.uint8), margin).astype(bool)
    if beyond.mean() < DESK or not core.any():
        return False
    sheet, desk = np.median(small.bare[core], axis=0), small.bare[beyond]
    light, lights = float(sheet.mean()), desk.mean(axis=1)
    other = _is_no_shadow(sheet, desk)
    if sure:
        other |= lights < (1 - UNLIKE) * light
    if whole:
        other |= (light < DARK * lights) | _is_tinted(sheet, desk)
    return float(other.mean()) > CLEAR


def _is_no_shadow(sheet: Floats, desk: Floats) -> Mask:
    """Of each colour of `desk`, [n, C], whether it is darker than `sheet`, [C] or [n, C], and not by a shadow."""
    light, lights = sheet.mean(axis=-1), desk.mean(axis=1)
    return np.asarray((lights < DARK * light) | (_is_tinted(sheet, desk) & (lights < light)))


def _is_tinted(sheet: Floats, desk: Floats) -> Mask:
    """Of each colour of `desk` whether its tint is another than that of `sheet`."""
    shares = [colours / np.maximum(colours.sum(axis=-1, keepdims=True), 1) for colours in (sheet, desk)]
    return np.asarray(np.abs(shares[0] - shares[1]).max(axis=1) > TINTED)


def _is_clear(bare: Floats, start: Floats, end: Floats, sure: bool) -> bool:
    """Whether a side, clockwise, is an edge all along: on the sheet lies another thing beside it than off it."""
    along = end - start
    out = BESIDE * np.array([along[1], -along[0]]) / max(float(np.hypot(*along)), 1.0)
    at = start + np.linspace(0.08, 0.92, 40)[:, None] * along
    here, there = np.rint(at - out).astype(int), np.rint(at + out).astype(int)
    last = np.array([bare.shape[1] - 1, bare.shape[0] - 1])
    seen = np.all((here >= 0) & (here <= last) & (there >= 0) & (there <= last), axis=1)
    if seen.mean() < 0.5:
        return False
    sheet, desk = (bare[places[seen, 1], places[seen, 0]] for places in (here, there))
    differences = np.abs(sheet - desk).max(axis=1)
    contrast = differences / np.maximum(np.maximum(sheet, desk).max(axis=1), 1.0)  # the same in shadow and out of it
    clear = contrast > 0.4 * np.median(contrast)
    if not sure:
        clear &= _is_no_shadow(sheet, desk)
    return float(np.median(differences)) > DIFFERENT and float(clear.mean()) > CLEAR


def _is_written_on(small: _Small, inside: Mask, sure: bool) -> bool:
    """Whether there are strokes well inside, and not too many for a sheet: a ring has an inside too."""
    side = max(3, round(0.06 * max(inside.shape))) | 1
    core = cv2.erode(inside.astype(np.uint8), np.ones((side, side), np.uint8), borderValue=0).astype(bool)
    if not core.any():
        return False
    darker = (small.bare - small.pixels).mean(axis=2)[core]
    enough = WRITTEN * max(float(np.median(small.bare[core])), 40.0)
    dark, light = float((darker > enough).mean()), float((darker < -enough).mean())
    return LITTLE < dark + light < INK and (sure or dark > light)


def straightened(picture: Pixels, found: Page) -> tuple[Pixels, Turn]:
    """What lies on the sheet alone, uint8 [h, w, C]: a whole sheet is laid flat, of another the desk becomes paper."""
    return _flat(picture, found) if found.whole else _without_desk(picture, found)


def _flat(picture: Pixels, found: Page) -> tuple[Pixels, Turn]:
    first = int(found.corners.sum(axis=1).argmin())
    corners = np.roll(found.corners, -first, axis=0)
    lengths = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    width, height = max(8, round(float(max(lengths[0], lengths[2])))), max(8, round(float(max(lengths[1], lengths[3]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    back = np.asarray(cv2.getPerspectiveTransform(target, corners.astype(np.float32)), np.float64)
    # A little less than all of it: at the very edge there is some desk.
    inset = max(2, round(0.015 * max(width, height)))
    back = back @ np.array([[1, 0, inset], [0, 1, inset], [0, 0, 1.0]])
    size = max(4, width - 2 * inset), max(4, height - 2 * inset)
    flat = cv2.warpPerspective(
        picture, of_middles(np.linalg.inv(back)), size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, np.uint8).reshape(size[1], size[0], -1), Turn(back, picture.shape[1], picture.shape[0])


def _without_desk(picture: Pixels, found: Page) -> tuple[Pixels, Turn]:
    height, width = picture.shape[:2]
    last, near = np.array([width, height]), EDGE * max(height, width)
    corners = np.where(found.corners <= near, 0, np.where(found.corners >= last - near, last, found.corners))
    sheet = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(sheet, np.rint(corners - 0.5).astype(np.int32), 1)
    side = 2 * max(2, round(0.012 * max(height, width))) + 1
    sheet = np.asarray(cv2.erode(sheet, np.ones((side, side), np.uint8)), np.uint8)  # at the edge there is some desk
    left, top, wide, high = cv2.boundingRect(sheet)
    cut = slice(top, top + high), slice(left, left + wide)
    rest = np.where(sheet[cut].astype(bool)[..., None], picture[cut], _paper_beyond(picture[cut], sheet[cut]))
    return np.ascontiguousarray(rest), Turn(np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]]), width, height)


def _paper_beyond(picture: Pixels, sheet: Pixels) -> Pixels:
    """The paper's colour as it goes on beyond `sheet`, uint8 [h, w], 1 there: uint8 [h, w, C]."""
    small = _small(picture)
    height, width = small.bare.shape[:2]
    here = np.asarray(cv2.resize(sheet, (width, height), interpolation=cv2.INTER_AREA), np.float64)[..., None]
    usual = np.median(small.bare[here[..., 0] > 0], axis=0)
    reach, little = 0.1 * max(height, width), 1e-6
    known = cv2.GaussianBlur(small.bare * here, (0, 0), reach).reshape(small.bare.shape) + little * usual
    beyond = known / (cv2.GaussianBlur(here, (0, 0), reach).reshape(here.shape) + little)
    size = picture.shape[1::-1]
    paper = np.asarray(cv2.resize(np.rint(beyond).clip(0, 255).astype(np.uint8), size), np.uint8)
    return paper.reshape(picture.shape)
