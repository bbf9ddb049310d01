"""A page on a desk: the picture of a phone has its edges, and what lies around it."""

import cv2
import numpy as np

from handwritten.camera import POSITIVE, photographed
from handwritten.ink import Mnist
from handwritten.paper import ANY_RULING, PLAIN, empty_sheet, texture
from handwritten.sheet import Floats, Rng, Sheet
from handwritten.writing import a_hand, a_line, a_pen, at_most, digits, lay, log_uniform


def phone(mnist: Mnist, rng: Rng) -> Sheet:
    """A page of one to four rows; the desk is seen on one side at least."""
    traits = {"kind": "phone"}
    tall = log_uniform(40, 120, rng)
    hand, pen, gap = a_hand(mnist, rng, traits), a_pen(rng, traits), rng.uniform(0.12, 0.35)
    rows = [digits(int(rng.integers(2, 7)), rng) for _ in range(int(rng.integers(1, 5)))]
    inks = [a_line(text, tall, hand, rng, gap) for text in rows]
    left, top, right, bottom = rng.uniform(0.6, 2.0, 4) * tall
    leading = tall * rng.uniform(1.4, 2.0)
    size = (int(top + leading * (len(rows) - 1) + tall + bottom), int(left + max(i.shape[1] for i in inks) + right))
    sheet = empty_sheet(*size, int(tall), rng, traits, ANY_RULING if rng.random() < 0.4 else PLAIN)
    for n, ink in enumerate(inks):
        lay(sheet, ink, left, top + n * leading + tall - ink.shape[0], pen)
    seen = at_most(on_a_desk(sheet, rng, traits, rng.uniform(0.03, 0.25)), 1600)
    return Sheet(photographed(seen, int(tall), rng, traits, POSITIVE), "\n".join(rows), traits)


def on_a_desk(sheet: Floats, rng: Rng, traits: dict[str, str], around: float) -> Floats:
    """`sheet` a little turned and aslant on a desk, with so much to see around it; below 0, only its inside is seen."""
    height, width = sheet.shape[:2]
    angle = np.radians(rng.uniform(-7, 7)) if around > 0 else np.radians(rng.uniform(-2, 2))
    spread = np.array([width, height]) * max(around, 0.0) + 4
    size = (int(width + 2 * spread[0]), int(height + 2 * spread[1]))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - (width / 2, height / 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    bent = corners @ turn.T + rng.uniform(-0.03, 0.03, (4, 2)) * (width, height)
    shift = rng.uniform(-0.4, 0.4, 2) * spread
    reach = np.abs(bent).max(0) / (np.array(size) / 2 - 2)
    # A page that would not fit is seen from further away, unless only its inside is to be seen.
    bent = bent / max(1.0, float(reach.max())) + np.array(size) / 2 + (shift if around > 0.1 else 0)
    matrix = cv2.getPerspectiveTransform(
        (corners + np.array([width / 2, height / 2])).astype(np.float32), bent.astype(np.float32)
    )
    desk = _desk(size[1], size[0], rng, traits)
    page = cv2.warpPerspective(sheet, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    on = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    if around <= 0:
        return np.asarray(page, np.float32)
    dark = cv2.GaussianBlur(on, (0, 0), max(1.0, 0.012 * width))
    desk *= (1 - 0.45 * dark)[:, :, None]  # the page's own shadow
    return np.asarray(desk + on[:, :, None] * (page - desk), np.float32)


def _desk(height: int, width: int, rng: Rng, traits: dict[str, str]) -> Floats:
    kind = str(rng.choice(["texture", "dark", "wood", "light"]))
    traits["desk"] = kind
    if kind == "texture":
        return texture(height, width, rng, {})
    colours = {"dark": (45, 45, 48), "wood": (150, 105, 65), "light": (190, 188, 182)}
    desk = np.empty((height, width, 3), np.float32)
    desk[:] = np.array(colours[kind]) * rng.uniform(0.8, 1.15)
    if kind == "wood":
        grain = rng.normal(0, 1, (max(2, height // 7), max(2, width // 90)))
        desk += 12 * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None]
    return desk
