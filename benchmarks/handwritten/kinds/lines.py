"""How lines lie: marks within them, lists beside each other, rows that are close, pages that are turned."""

import cv2
import numpy as np

from handwritten.camera import POSITIVE, photographed
from handwritten.ink import Mnist
from handwritten.paper import ANY_RULING, PLAIN, empty_sheet
from handwritten.sheet import Floats, Rng, Sheet
from handwritten.writing import a_hand, a_line, a_pen, digits, lay, log_uniform


def marks(mnist: Mnist, rng: Rng) -> Sheet:
    """A number with a point, a comma or a minus, a date or a time."""
    traits = {"kind": "marks"}
    tall, text = log_uniform(36, 200, rng), _marked(rng, traits)
    ink = a_line(text, tall, a_hand(mnist, rng, traits), rng, rng.uniform(0.1, 0.28))
    left, right, top, bottom = rng.uniform(0.3, 1.2, 4) * tall
    size = (int(ink.shape[0] + top + bottom), int(ink.shape[1] + left + right))
    sheet = empty_sheet(*size, int(tall), rng, traits, {"plain": 0.7, "ruled": 0.2, "squared": 0.1})
    lay(sheet, ink, left, top, a_pen(rng, traits))
    return Sheet(photographed(sheet, int(tall), rng, traits, POSITIVE), text, traits)


def _marked(rng: Rng, traits: dict[str, str]) -> str:
    form = str(rng.choice(["point", "comma", "minus", "date", "day", "time", "minus and point"]))
    traits["form"] = form
    whole = str(int(rng.integers(1, 10 ** int(rng.integers(1, 4)))))
    part = digits(int(rng.integers(1, 3)), rng)
    day, month, year = int(rng.integers(1, 32)), int(rng.integers(1, 13)), int(rng.integers(1950, 2030))
    return {
        "point": f"{whole}.{part}",
        "comma": f"{whole},{part}",
        "minus": f"-{whole}",
        "date": f"{day}/{month}/{year}",
        "day": str(rng.choice([f"{day}.{month}.", f"{day}/{month}", f"{year}-{month:02}-{day:02}"])),
        "time": f"{int(rng.integers(24))}:{int(rng.integers(60)):02}",
        "minus and point": f"-{whole}.{part}",
    }[form]


def columns(mnist: Mnist, rng: Rng) -> Sheet:
    """Two or three lists beside each other, clearly apart."""
    traits = {"kind": "columns"}
    tall = log_uniform(28, 90, rng)
    hand, pen = a_hand(mnist, rng, traits), a_pen(rng, traits)
    count, rows = int(rng.choice([2, 2, 2, 3])), int(rng.integers(2, 6))
    numbers = [[digits(int(rng.integers(1, 5)), rng) for _ in range(rows)] for _ in range(count)]
    gap, leading = rng.uniform(0.12, 0.28), tall * rng.uniform(1.4, 2.0)
    inks = [[a_line(text, tall, hand, rng, gap) for text in column] for column in numbers]
    left, top = rng.uniform(0.4, 1.2, 2) * tall
    x, placed = left, []
    for column in inks:
        shift = tall * rng.uniform(-0.15, 0.15)
        for n, ink in enumerate(column):
            y = top + n * leading + tall - ink.shape[0] + shift + tall * rng.uniform(-0.06, 0.06)
            placed.append((ink, x + tall * rng.uniform(0, 0.2), y))
        x += max(ink.shape[1] for ink in column) + tall * rng.uniform(1.4, 3.5)
    right = max(x + ink.shape[1] for ink, x, _ in placed)
    height, width = int(top + (rows - 1) * leading + tall * rng.uniform(1.5, 2.2)), int(right + left)
    sheet = empty_sheet(height, width, int(tall), rng, traits, PLAIN)
    for ink, x, y in placed:
        lay(sheet, ink, x, y, pen)
    beside = "\n".join(" ".join(row) for row in zip(*numbers, strict=True))
    below = "\n".join(text for column in numbers for text in column)
    return Sheet(photographed(sheet, int(tall), rng, traits, POSITIVE), beside, traits, (below,))


def close_rows(mnist: Mnist, rng: Rng) -> Sheet:
    """Three to five rows with hardly any paper between them."""
    traits = {"kind": "close_rows"}
    tall = log_uniform(26, 90, rng)
    hand, pen, gap = a_hand(mnist, rng, traits), a_pen(rng, traits), rng.uniform(0.15, 0.4)
    rows = [digits(int(rng.integers(3, 8)), rng) for _ in range(int(rng.integers(3, 6)))]
    inks = [a_line(text, tall, hand, rng, gap) for text in rows]
    left, top = rng.uniform(0.3, 1.0, 2) * tall
    placed, y = [], top
    for ink in inks:
        placed.append((ink, left + tall * rng.uniform(-0.1, 0.2), y))
        y += ink.shape[0] + tall * rng.uniform(0.02, 0.14)
    width = int(max(ink.shape[1] for ink in inks) + left + tall * rng.uniform(0.5, 1.2))
    sheet = empty_sheet(int(y + tall * rng.uniform(0.3, 0.9)), width, int(tall), rng, traits, PLAIN)
    for ink, x, y in placed:
        lay(sheet, ink, x, y, pen)
    return Sheet(photographed(sheet, int(tall), rng, traits, POSITIVE), "\n".join(rows), traits)


def turned(mnist: Mnist, rng: Rng) -> Sheet:
    """One to three rows on a page that lies askew, on its side or on its head, with no word of it in the file."""
    traits = {"kind": "turned"}
    tall = log_uniform(34, 110, rng)
    hand, pen, gap = a_hand(mnist, rng, traits), a_pen(rng, traits), rng.uniform(0.12, 0.35)
    rows = _clear_rows(rng)
    angle, traits["turn"] = _angle(rng)
    inks = [a_line(text, tall, hand, rng, gap) for text in rows]
    leading = tall * rng.uniform(1.35, 1.9)
    left, top = rng.uniform(0.5, 1.2, 2) * tall
    width = int(max(ink.shape[1] for ink in inks) + 2 * left)
    height = int(top + (len(rows) - 1) * leading + tall + top)
    written = np.zeros((height, width), np.float32)
    for n, ink in enumerate(inks):
        y = int(max(0, top + n * leading + tall - ink.shape[0]))
        place = written[y : y + ink.shape[0], int(left) : int(left) + ink.shape[1]]
        np.maximum(place, ink[: place.shape[0], : place.shape[1]], out=place)
    sheet = _page(written, angle, tall, rng, traits, pen)
    return Sheet(photographed(sheet, int(tall), rng, traits, POSITIVE), "\n".join(rows), traits)


def _clear_rows(rng: Rng) -> list[str]:
    """Rows that cannot be read upside down: with a 3, 4 or 7 for each row and one more."""
    rows = [list(digits(int(rng.integers(3, 7)), rng)) for _ in range(int(rng.integers(1, 4)))]
    for row in [*rows, rows[0]]:
        row[int(rng.integers(len(row)))] = str(rng.choice(["3", "4", "7"]))
    return ["".join(row) for row in rows]


def _angle(rng: Rng) -> tuple[float, str]:
    """Degrees, counter-clockwise, and in a word: any to 45 each way, a quarter or half a turn, or near to one."""
    way = str(rng.choice(["askew", "quarter", "head", "quarter and askew"], p=[0.5, 0.2, 0.15, 0.15]))
    if way == "askew":
        angle = float(rng.uniform(-45, 45))
        return angle, "slightly" if abs(angle) < 15 else "askew"
    quarter = float(rng.choice([90, -90]))
    return {"quarter": quarter, "head": 180.0}.get(way, quarter + float(rng.uniform(-10, 10))), way


def _page(written: Floats, angle: float, tall: float, rng: Rng, traits: dict[str, str], pen: Floats) -> Floats:
    """A sheet on which the whole of `written` lies turned; ruled with it, where it is ruled."""
    height, width = written.shape
    cosine, sine = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    size = (int(height * cosine + width * sine) + 2, int(width * cosine + height * sine) + 2)
    around = int(np.hypot(*size)) + 2
    matrix = cv2.getRotationMatrix2D((around / 2, around / 2), angle, 1)
    sheet = empty_sheet(around, around, int(tall), rng, traits, ANY_RULING if rng.random() < 0.4 else PLAIN)
    lay(sheet, written, (around - width) / 2, (around - height) / 2, pen)
    # The sheet is larger than what is seen of it: nothing has to be invented at the corners.
    whole = cv2.warpAffine(sheet, matrix, (around, around), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    top, left = (around - size[0]) // 2, (around - size[1]) // 2
    return np.asarray(whole[top : top + size[0], left : left + size[1]], np.float32)
