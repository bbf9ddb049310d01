"""A number in a frame, and forms: a box for each digit, or the teeth of a comb."""

import numpy as np

from handwritten.camera import POSITIVE, photographed
from handwritten.drawing import LINES, polyline, printed
from handwritten.ink import Mnist
from handwritten.paper import PLAIN, empty_sheet
from handwritten.sheet import Floats, Pixels, Rng, Sheet
from handwritten.writing import a_hand, a_line, a_pen, digits, lay, log_uniform


def frames(mnist: Mnist, rng: Rng) -> Sheet:
    """A number of one to five digits with a line drawn or printed around or under it."""
    traits = {"kind": "frames"}
    text, tall = digits(int(rng.integers(1, 6)), rng), log_uniform(40, 200, rng)
    ink = a_line(text, tall, a_hand(mnist, rng, traits), rng)
    pad = [float(p) for p in rng.uniform(0.15, 0.55, 2) * tall]
    shape = str(rng.choice(["rectangle", "by hand", "ring", "lines", "two frames"]))
    traits["frame"] = shape
    if shape == "ring":
        pad = [0.3 * ink.shape[1] + pad[0] * 0.5, 0.35 * ink.shape[0] + pad[1] * 0.5]
    outside = rng.uniform(0.08, 0.8, 4) * tall
    box = (float(outside[0]), float(outside[1]), ink.shape[1] + 2 * pad[0], ink.shape[0] + 2 * pad[1])
    height, width = int(box[1] + box[3] + outside[3]), int(box[0] + box[2] + outside[2])
    sheet = empty_sheet(height, width, int(tall), rng, traits, PLAIN)
    pen = a_pen(rng, traits)
    own = shape in ("by hand", "ring")
    name = str(rng.choice(list(LINES)))
    lay(sheet, _frame(shape, (height, width), box, tall, rng), 0, 0, pen if own else np.array(LINES[name], np.float32))
    lay(sheet, ink, box[0] + pad[0], box[1] + pad[1], pen)
    return Sheet(photographed(sheet, int(tall), rng, traits, POSITIVE), text, traits)


def _frame(shape: str, size: tuple[int, int], box: tuple[float, float, float, float], tall: float, rng: Rng) -> Floats:
    """The lines of a frame as ink [h, w]."""
    canvas = np.zeros(size, np.uint8)
    thick = max(1, round(tall * rng.uniform(0.015, 0.06)))
    left, top, wide, high = box
    if shape == "ring":
        turns = np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.06), 80) + rng.uniform(0, 6)
        swell = 1 + np.linspace(0, rng.uniform(-0.06, 0.06), 80)
        points = np.stack([left + wide / 2 * (1 + swell * np.cos(turns)), top + high / 2 * (1 + swell * np.sin(turns))])
        polyline(canvas, points.T, thick)
    elif shape == "lines":
        for n in range(int(rng.integers(1, 3))):
            y = top + high - tall * (0.02 + 0.12 * n)
            polyline(canvas, np.array([[left, y], [left + wide, y + tall * rng.uniform(-0.04, 0.04)]]), thick)
    else:
        corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high], [0, 0]]) + np.array([left, top])
        if shape == "by hand":
            corners = corners + rng.normal(0, 0.03 * tall, corners.shape)
        polyline(canvas, corners, thick)
        if shape == "two frames":
            away = thick * rng.uniform(2, 4)
            inner = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]]) * away
            polyline(canvas, corners + inner, max(1, thick // 2))
    return np.asarray(canvas / 255, np.float32)


def forms(mnist: Mnist, rng: Rng) -> Sheet:
    """One or two fields of three to nine boxes, a digit in each; strokes may touch or cross a line."""
    traits = {"kind": "forms"}
    hand, pen, tall = a_hand(mnist, rng, traits), a_pen(rng, traits), log_uniform(30, 110, rng)
    style = str(rng.choice(["boxes", "joined", "comb", "comb with frame"]))
    colour = str(rng.choice(list(LINES)))
    traits |= {"form": style, "lines": colour}
    rows = [digits(int(rng.integers(3, 10)), rng) for _ in range(int(rng.choice([1, 1, 2])))]
    wide, high = tall * rng.uniform(1.05, 1.5), tall * rng.uniform(1.2, 1.7)
    apart = wide * rng.uniform(0.1, 0.3) if style == "boxes" else 0.0
    left, top = rng.uniform(0.2, 1.0, 2) * tall
    width = int(left + max(len(r) for r in rows) * (wide + apart) + rng.uniform(0.2, 1.0) * tall)
    step = high * rng.uniform(1.3, 1.8)
    height = int(top + step * (len(rows) - 1) + high + rng.uniform(0.2, 1.0) * tall)
    sheet = empty_sheet(height, width, int(tall), rng, traits, PLAIN)
    thick = max(1, round(tall * rng.uniform(0.015, 0.05)))
    lines = np.zeros((height, width), np.uint8)
    for n, row in enumerate(rows):
        y = top + n * step
        for i, letter in enumerate(row):
            x = left + i * (wide + apart)
            _box(lines, (x, y, wide, high), style, thick, (i == 0, i == len(row) - 1))
            ink = hand.digit(int(letter), round(tall * rng.uniform(0.8, 1.05)), rng)
            middle = (x + (wide - ink.shape[1]) / 2, y + (high - ink.shape[0]) / 2)
            moved = [m + tall * rng.uniform(-0.1, 0.1) for m in middle]
            lay(sheet, ink, moved[0], moved[1], pen)
    filled = printed(sheet, lines, LINES[colour])
    return Sheet(photographed(filled, int(tall), rng, traits, POSITIVE), "\n".join(rows), traits)


def _box(
    canvas: Pixels, box: tuple[float, float, float, float], style: str, thick: int, ends: tuple[bool, bool]
) -> None:
    x, y, wide, high = box
    if not style.startswith("comb"):
        corners = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high], [x, y]])
        polyline(canvas, corners, thick)
        return
    tooth = 0.35 * high
    polyline(canvas, np.array([[x, y + high], [x + wide, y + high]]), thick)
    if style == "comb with frame":
        polyline(canvas, np.array([[x, y], [x + wide, y]]), thick)
    for at, end in zip((x, x + wide), ends, strict=True):
        top = y if end and style == "comb with frame" else y + high - tooth
        polyline(canvas, np.array([[at, top], [at, y + high]]), thick)
