"""What was found in a picture, to be looked at: the stages of reading a whole page, each as a picture."""

from collections.abc import Iterable

import cv2
import numpy as np

from fivebyfive.pictures.shaping import Mask, Pixels
from fivebyfive.pictures.sheet import Box, Sheet, Written

RED, GREEN, GREY = (207, 34, 46), (26, 127, 55), (140, 140, 140)


def stages_of(written: Written, longest: int) -> tuple[tuple[str, Pixels], ...]:
    """How `written` was read: names and pictures, uint8 [h, w] or [h, w, 3], whose longer side is at most `longest`."""
    sheet = written.sheet
    if sheet.ink is None:
        return ()
    looked_at = _reduced(sheet.picture, longest)
    box = (10, 20, 30, 40)
    found = [("the page", looked_at)] if sheet.back(box) != box else []  # turned, laid flat, or with a margin
    found.append(("ink, by its strength", _reduced(np.rint(sheet.ink.amount * 255).astype(np.uint8), longest)))
    found.append(("ink", _black(sheet.ink.mask, longest)))
    if sheet.ink.lines.any():
        found.append(("rules taken out", _black(sheet.ink.lines, longest)))
    return (*found, ("shapes", _of_shapes(sheet, looked_at)), ("read", _of_characters(written, looked_at)))


def _of_shapes(sheet: Sheet, page: Pixels) -> Pixels:
    boxes = ((sheet.box_in_picture(piece), "") for line in sheet.lines for piece in line.pieces)
    return _framed(page, boxes, RED, page.shape[0] / sheet.picture.shape[0])


def _of_characters(written: Written, page: Pixels) -> Pixels:
    """The cuts that were chosen, each with its label; the rest of the shapes in grey."""
    sheet, scale = written.sheet, page.shape[0] / written.sheet.picture.shape[0]
    taken = [c for line in written.lines for c in line]
    pieces = {id(c.piece) for c in taken}
    others = (p for line in sheet.lines for p in line.pieces if id(p) not in pieces)
    grey = _framed(page, ((sheet.box_in_picture(piece), "") for piece in others), GREY, scale)
    return _framed(grey, ((sheet.box_in_picture(c.piece), c.label) for c in taken), GREEN, scale)


def _framed(page: Pixels, boxes: Iterable[tuple[Box, str]], colour: tuple[int, int, int], scale: float) -> Pixels:
    """`page` in colour, with boxes of the picture that is `scale` times as large, and a text over each."""
    drawn = np.broadcast_to(page.reshape(*page.shape[:2], -1), (*page.shape[:2], 3)).copy()
    for (x, y, w, h), text in boxes:
        left, top, right, bottom = (round(n * scale) for n in (x, y, x + w, y + h))
        cv2.rectangle(drawn, (left, top), (right, bottom), colour, 1)
        size = min(max(0.35, (bottom - top) / 60), 1.5)
        cv2.putText(drawn, text, (left, max(10, top - 3)), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
    return drawn


def _black(mask: Mask, longest: int) -> Pixels:
    """Black where `mask` [h, w] is true, on white."""
    return _reduced(np.where(mask, 0, 255).astype(np.uint8), longest)


def _reduced(picture: Pixels, longest: int) -> Pixels:
    """With its longer side at most `longest`, by area: [h, w] or [h, w, C]."""
    scale = longest / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small.reshape(*size[::-1], *picture.shape[2:])
