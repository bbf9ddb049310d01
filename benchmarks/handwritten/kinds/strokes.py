"""Digits whose strokes do not keep to themselves: that touch, that are broken, flagged ones and crossed sevens."""

import numpy as np
from cv2 import DIST_L2, distanceTransform

from handwritten.camera import ANY, photographed
from handwritten.ink import STYLES, Mnist, Points, pen_digit
from handwritten.paper import PLAIN, empty_sheet
from handwritten.sheet import Floats, Rng, Sheet
from handwritten.writing import Hand, Placed, a_hand, a_line, a_pen, cut, digits, lay, log_uniform, together

MOSTLY_PLAIN = {"plain": 0.6, "ruled": 0.25, "squared": 0.15}

CONTINENTAL: dict[int, dict[str, list[Points]]] = {
    1: {
        "|flag": [[(0.1, 0.26), (0.34, 0.0), (0.34, 1.0)]],
        "|long flag": [[(0.0, 0.48), (0.36, 0.0), (0.36, 1.0)]],
        "curved flag": [[(0.02, 0.4), (0.2, 0.24), (0.36, 0.0), (0.35, 0.3), (0.33, 1.0)]],
        "|flag and base": [[(0.1, 0.24), (0.32, 0.0), (0.32, 1.0)], [(0.08, 1.0), (0.56, 1.0)]],
    },
    7: {
        "|crossed": [[(0.02, 0.03), (0.58, 0.02), (0.24, 1.0)], [(0.16, 0.52), (0.56, 0.5)]],
        "crossed, round": [
            [(0.0, 0.12), (0.04, 0.02), (0.3, 0.05), (0.58, 0.01), (0.42, 0.38), (0.3, 0.7), (0.26, 1.0)],
            [(0.14, 0.55), (0.34, 0.5), (0.56, 0.48)],
        ],
        "|serif and cross": [
            [(0.03, 0.16), (0.04, 0.02), (0.58, 0.02), (0.4, 0.4), (0.28, 1.0)],
            [(0.18, 0.54), (0.56, 0.52)],
        ],
    },
}


def touching(mnist: Mnist, rng: Rng) -> Sheet:
    """Two digits in one shape."""
    return _touching("touching", 2, mnist, rng)


def touching_long(mnist: Mnist, rng: Rng) -> Sheet:
    """Three to six digits, of which at least two neighbours touch."""
    return _touching("touching_long", int(rng.integers(3, 7)), mnist, rng)


def _touching(kind: str, count: int, mnist: Mnist, rng: Rng) -> Sheet:
    traits = {"kind": kind}
    hand, text, tall = a_hand(mnist, rng, traits), digits(count, rng), log_uniform(36, 260, rng)
    joined = [bool(rng.random() < 0.6) for _ in range(count - 1)]
    joined[int(rng.integers(count - 1))] = True
    inks = [hand.digit(int(d), round(tall * rng.uniform(0.85, 1.1)), rng) for d in text]
    row = [Placed(inks[0], 0.0, -inks[0].shape[0])]
    for ink, joins in zip(inks[1:], joined, strict=True):
        y = tall * rng.uniform(-0.1, 0.1) - ink.shape[0]
        overlap = -rng.uniform(0.01, 0.07) * tall if joins else rng.uniform(0.06, 0.3) * tall
        row.append(Placed(ink, row[-1].x + _where_touching(row[-1], ink, y) + overlap, y))
    return _on_paper(together(row), text, tall, rng, traits)


def _where_touching(before: Placed, ink: Floats, y: float) -> float:
    """How far right of `before`'s left edge `ink`, `y` from the line, first touches it."""
    top = min(before.y, y)
    rows = int(max(before.y + before.ink.shape[0], y + ink.shape[0]) - top) + 1
    right, left = np.full(rows, -np.inf), np.full(rows, np.inf)
    for edges, drawn, at in ((right, before.ink, before.y), (left, ink, y)):
        mask = drawn > 0.5
        used = np.flatnonzero(mask.any(1))
        first = mask.argmax(1) if edges is left else mask.shape[1] - mask[:, ::-1].argmax(1)
        edges[used + int(at - top)] = first[used]
    return float(max((right - left).max(), 0.2 * before.ink.shape[1]))


def broken(mnist: Mnist, rng: Rng) -> Sheet:
    """One to four digits; at least one has a stroke with a gap, where the pen gave no ink or the print is worn."""
    traits = {"kind": "broken"}
    text, tall = digits(int(rng.integers(1, 5)), rng), log_uniform(45, 260, rng)
    hand = a_hand(mnist, rng, traits)
    worn = rng.random() < 0.25
    traits["break"] = "line" if worn else "strokes"
    must, row, x = int(rng.integers(len(text))), [], 0.0
    for i, letter in enumerate(text):
        ink = hand.digit(int(letter), round(tall * rng.uniform(0.9, 1.08)), rng)
        if not worn and (i == must or rng.random() < 0.4):
            for _ in range(int(rng.choice([1, 1, 2]))):
                ink = _with_gap(ink, tall, rng)
        row.append(Placed(ink, x, tall * rng.uniform(-0.04, 0.04) - ink.shape[0]))
        x += ink.shape[1] + tall * rng.uniform(0.14, 0.4)
    whole = together(row)
    if worn:
        at, high = whole.shape[0] * rng.uniform(0.25, 0.75), max(2, round(tall * rng.uniform(0.02, 0.045)))
        whole[int(at) : int(at) + high] *= rng.uniform(0, 0.15)
    return _on_paper(whole, text, tall, rng, traits)


def _with_gap(ink: Floats, tall: float, rng: Rng) -> Floats:
    """`ink` without a short piece across a stroke."""
    depth = distanceTransform((ink > 0.5).astype(np.uint8), DIST_L2, 3)
    rows, columns = np.nonzero(depth > 0.8 * depth.max())
    at = int(rng.integers(len(rows)))
    y, x = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]] - np.array([rows[at], columns[at]])[:, None, None]
    half = depth[rows[at], columns[at]]
    near = (np.hypot(x, y) < 2.2 * half + 1) & (ink > 0.5)
    _, ways = np.linalg.eigh(np.cov(np.stack([x[near], y[near]])) + 1e-6 * np.eye(2))
    along = x * ways[0, 1] + y * ways[1, 1]
    across = x * ways[0, 0] + y * ways[1, 0]
    length = rng.uniform(0.025, 0.06) * tall
    return np.where((np.abs(along) < length / 2 + 0.5) & (np.abs(across) < 1.6 * half + 1), 0, ink).astype(np.float32)


def flagged(mnist: Mnist, rng: Rng) -> Sheet:
    """Numbers of one to five digits with ones that have a flag and sevens that are crossed, as many people write."""
    traits = {"kind": "flagged", "source": "pen"}
    text = list(digits(int(rng.integers(1, 6)), rng))
    for at in rng.choice(len(text), max(1, len(text) // 2), replace=False):
        text[int(at)] = str(rng.choice(["1", "7"]))
    tall = log_uniform(36, 300, rng)
    hand = Hand(mnist, "pen", log_uniform(0.04, 0.14, rng))
    row, x = [], 0.0
    for letter in text:
        digit, high = int(letter), round(tall * rng.uniform(0.9, 1.08))
        ink = cut(pen_digit(digit, high, rng, hand.thick, CONTINENTAL.get(digit, STYLES[digit]))[0])
        row.append(Placed(ink, x, tall * rng.uniform(-0.04, 0.04) - ink.shape[0]))
        x += ink.shape[1] + tall * rng.uniform(0.14, 0.4)
    return _on_paper(together(row), "".join(text), tall, rng, traits)


def sizes(mnist: Mnist, rng: Rng) -> Sheet:
    """Three to five digits, one at least of which is less than half as high as the highest."""
    traits = {"kind": "sizes"}
    count, tall = int(rng.integers(3, 6)), log_uniform(70, 260, rng)
    shares = [log_uniform(0.2, 1.0, rng) for _ in range(count)]
    small, large = rng.choice(count, 2, replace=False)
    shares[int(small)], shares[int(large)] = rng.uniform(0.18, 0.4), 1.0
    text = digits(count, rng)
    ink = a_line(text, tall, a_hand(mnist, rng, traits), rng, 0.25, shares)
    return _on_paper(ink, text, tall, rng, traits)


def _on_paper(ink: Floats, text: str, tall: float, rng: Rng, traits: dict[str, str]) -> Sheet:
    left, right, top, bottom = rng.uniform(0.25, 1.2, 4) * tall
    height, width = int(ink.shape[0] + top + bottom), int(ink.shape[1] + left + right)
    sheet = empty_sheet(height, width, int(tall), rng, traits, MOSTLY_PLAIN if rng.random() < 0.5 else PLAIN)
    lay(sheet, ink, left, top, a_pen(rng, traits))
    return Sheet(photographed(sheet, int(tall), rng, traits, ANY), text, traits)
