"""Pictures in which no digit is written, of many other kinds: patterns, drawings, letters, codes, empty forms."""

from collections.abc import Callable

import cv2
import numpy as np

from handwritten.camera import ANY, photographed
from handwritten.drawing import LINES, polyline, printed
from handwritten.fonts import files
from handwritten.ink import Mnist
from handwritten.kinds.printed import fonts_of
from handwritten.paper import PLAIN, empty_sheet
from handwritten.print import font_of, printed_ink
from handwritten.sheet import Floats, Pixels, Rng, Sheet
from handwritten.writing import a_pen, lay, log_uniform

Maker = Callable[[Pixels, Rng], None]

# Letters that no one takes for a digit: no O, I, l, S, B, Z, g, q, b, and none that is a digit in another hand.
LETTERS = "ACEFHKMNPRTUWXacdefhkmnprtuwx"
WORDS = ("Wand", "Haut", "Mond", "Karte", "Traum", "Wachter", "Damen", "Farm", "Frucht", "Thema", "Wetter", "Punkt")


def nothing_else(mnist: Mnist, rng: Rng) -> Sheet:
    """Something that could be seen, and no digit in it."""
    height, width = (int(n) for n in np.exp(rng.uniform(np.log(120), np.log(1200), 2)))
    name = str(rng.choice([*COVERING, *DRAWN, "letters", "words", "tones"]))
    traits = {"kind": "nothing_else", "source": name}
    tall = max(20, int(min(height, width) * rng.uniform(0.1, 0.5)))
    sheet = empty_sheet(height, width, tall, rng, traits, PLAIN)
    if name == "tones":
        sheet = _tones(height, width, rng)
    elif name == "letters":
        _letters(sheet, mnist, rng)
    elif name == "words":
        _words(sheet, mnist, rng)
    else:
        canvas = np.zeros((height, width), np.uint8)
        (COVERING | DRAWN)[name](canvas, rng)
        colour = a_pen(rng, traits) if name in DRAWN else np.array(LINES[str(rng.choice(list(LINES)))], np.float32)
        sheet = printed(sheet, canvas, tuple(colour.tolist()))
    return Sheet(photographed(sheet, tall, rng, traits, ANY), "", traits)


def _step(canvas: Pixels, low: float, high: float, rng: Rng) -> float:
    """A length that suits the picture, in pixels."""
    return max(3.0, log_uniform(low, high, rng) * float(min(canvas.shape)))


def halftone(canvas: Pixels, rng: Rng) -> None:
    """A picture printed in dots, larger where it is darker."""
    step, angle = max(4.0, log_uniform(4, 18, rng)), rng.uniform(0, np.pi / 2)
    y, x = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]].astype(np.float32)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    soft = cv2.resize(rng.uniform(0, 1, (4, 5)), canvas.shape[::-1], interpolation=cv2.INTER_CUBIC)
    dots = 0.5 + 0.25 * (np.cos(2 * np.pi * u / step) + np.cos(2 * np.pi * v / step))
    canvas[:] = 255 * np.clip((dots - 1 + np.clip(soft, 0.05, 0.95)) * 4 + 0.5, 0, 1)


def fabric(canvas: Pixels, rng: Rng) -> None:
    """Threads over and under each other."""
    step = max(3.0, log_uniform(3, 24, rng))
    y, x = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]].astype(np.float32)
    over = (np.floor(x / step) + np.floor(y / step)) % 2 < 1
    thread = np.where(over, np.abs(np.sin(np.pi * x / step)), np.abs(np.sin(np.pi * y / step)))
    canvas[:] = 255 * np.clip(thread + rng.normal(0, 0.12, canvas.shape), 0, 1) * rng.uniform(0.4, 1)


def hatching(canvas: Pixels, rng: Rng) -> None:
    """Lines beside each other, in one direction or in two."""
    step, angle = _step(canvas, 0.015, 0.1, rng), rng.uniform(0, np.pi)
    y, x = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]].astype(np.float32)
    sharp = rng.uniform(0.5, 0.95)
    for turn in (angle, angle + np.pi / 2)[: int(rng.integers(1, 3))]:
        wave = np.cos(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / step)
        np.maximum(canvas, (255 * np.clip((wave - sharp) * step, 0, 1)).astype(np.uint8), out=canvas)


def checks(canvas: Pixels, rng: Rng) -> None:
    """A chessboard, or tiles."""
    step = max(5.0, _step(canvas, 0.04, 0.25, rng))
    y, x = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    canvas[(np.floor(x / step) + np.floor(y / step)) % 2 < 1] = int(rng.integers(120, 256))


def speckles(canvas: Pixels, rng: Rng) -> None:
    """Dust, crumbs, splashes of ink."""
    for _ in range(int(log_uniform(20, 600, rng))):
        at = (int(rng.integers(canvas.shape[1])), int(rng.integers(canvas.shape[0])))
        axes = (max(1, int(rng.exponential(3))), max(1, int(rng.exponential(3))))
        cv2.ellipse(canvas, at, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)


def empty_table(canvas: Pixels, rng: Rng) -> None:
    """A table, a form or a calendar's grid before anybody wrote in it."""
    rows, columns = (int(n) for n in rng.integers(1, 10, 2))
    height, width = canvas.shape
    left, top, right, bottom = 0.08 * width, 0.08 * height, 0.92 * width, 0.92 * height
    thick = max(1, int(min(height, width) * rng.uniform(0.003, 0.012)))
    for y in np.linspace(top, bottom, rows + 1):
        polyline(canvas, [[left, y], [right, y]], thick)
    for x in np.linspace(left, right, columns + 1):
        polyline(canvas, [[x, top], [x, bottom]], thick)


def empty_boxes(canvas: Pixels, rng: Rng) -> None:
    """The boxes of a form, or a comb, without digits."""
    height, width = canvas.shape
    side = max(12.0, min(width / 5, height * rng.uniform(0.15, 0.5)))
    thick, gap = max(1, int(side * 0.04)), side * rng.uniform(0.1, 0.6)
    for y in np.arange(0.15 * height, height - 1.1 * side, side * rng.uniform(1.4, 2.5)):
        for x in np.arange(0.1 * width, width - 1.1 * side, side + gap):
            polyline(canvas, [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]], thick)


def barcode(canvas: Pixels, rng: Rng) -> None:
    """Bars of several widths."""
    height, width = canvas.shape
    unit, x = max(1.0, width / rng.uniform(100, 260)), 0.1 * width
    top, bottom = int(height * rng.uniform(0.05, 0.3)), int(height * rng.uniform(0.6, 0.95))
    while x < 0.9 * width:
        bar = unit * int(rng.integers(1, 5))
        canvas[top:bottom, int(x) : int(x + bar)] = 255
        x += bar + unit * int(rng.integers(1, 5))


def square_code(canvas: Pixels, rng: Rng) -> None:
    """A code of small squares, with the three large ones in its corners."""
    count = int(rng.choice([21, 25, 29, 33]))
    code = (rng.random((count, count)) < 0.5).astype(np.uint8) * 255
    eye = np.zeros((7, 7), np.uint8)
    eye[0], eye[-1], eye[:, 0], eye[:, -1], eye[2:5, 2:5] = 255, 255, 255, 255, 255
    for y, x in ((0, 0), (0, count - 7), (count - 7, 0)):
        code[max(0, y - 1) : y + 8, max(0, x - 1) : x + 8] = 0
        code[y : y + 7, x : x + 7] = eye
    side = max(count * 2, int(min(canvas.shape) * 0.8))
    large = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)[: canvas.shape[0], : canvas.shape[1]]
    top, left = (canvas.shape[0] - large.shape[0]) // 2, (canvas.shape[1] - large.shape[1]) // 2
    canvas[top : top + large.shape[0], left : left + large.shape[1]] = large


def _somewhere(canvas: Pixels, rng: Rng) -> tuple[float, float]:
    return float(rng.uniform(0.15, 0.85) * canvas.shape[1]), float(rng.uniform(0.15, 0.85) * canvas.shape[0])


def _pen_width(canvas: Pixels, rng: Rng) -> int:
    return max(1, round(float(min(canvas.shape)) * log_uniform(0.006, 0.03, rng)))


def scribble(canvas: Pixels, rng: Rng) -> None:
    """A long line here and there, as a pen is tried or a word struck out."""
    for _ in range(int(rng.integers(1, 4))):
        x, y = _somewhere(canvas, rng)
        wide, high = rng.uniform(0.2, 0.6) * canvas.shape[1], rng.uniform(0.1, 0.4) * canvas.shape[0]
        turns = np.linspace(0, 2 * np.pi * rng.uniform(6, 16), 600)
        along = np.linspace(-0.5, 0.5, 600) + 0.2 * np.sin(turns + rng.uniform(0, 6))
        points = np.stack([x + wide * along, y + high * 0.5 * np.sin(turns * rng.uniform(0.8, 1.2))], 1)
        walk = np.cumsum(rng.normal(0, 0.012, points.shape), 0) * min(canvas.shape) * 0.4
        polyline(canvas, points + walk, _pen_width(canvas, rng))


def brush(canvas: Pixels, rng: Rng) -> None:
    """Broad strokes of paint, ragged at their ends; too broad to be a 1."""
    for _ in range(int(rng.integers(1, 4))):
        (x, y), (to_x, to_y) = _somewhere(canvas, rng), _somewhere(canvas, rng)
        long = max(float(np.hypot(to_x - x, to_y - y)), 1.0)
        broad = max(min(canvas.shape) * rng.uniform(0.08, 0.3), long * rng.uniform(0.3, 0.6))
        across = np.array([y - to_y, to_x - x]) / long
        for at in np.linspace(-0.5, 0.5, 30):
            cut = rng.uniform(0, 0.12, 2)
            ends = np.array([[x + (to_x - x) * cut[0], y + (to_y - y) * cut[0]],
                             [to_x - (to_x - x) * cut[1], to_y - (to_y - y) * cut[1]]])  # fmt: skip
            if rng.random() < 0.9:
                polyline(canvas, ends + across * at * broad, max(1, round(broad / 24)))


def arrows(canvas: Pixels, rng: Rng) -> None:
    """Arrows from somewhere to somewhere."""
    for _ in range(int(rng.integers(1, 5))):
        (x, y), (to_x, to_y) = _somewhere(canvas, rng), _somewhere(canvas, rng)
        ends = (round(x), round(y)), (round(to_x), round(to_y))
        cv2.arrowedLine(canvas, *ends, 255, _pen_width(canvas, rng), cv2.LINE_AA, 0, float(rng.uniform(0.1, 0.3)))


def doodles(canvas: Pixels, rng: Rng) -> None:
    """Stars, hearts, houses, faces, waves and spirals beside each other."""
    count = int(rng.integers(1, 6))
    for n in range(count):
        size = min(canvas.shape[0] * rng.uniform(0.2, 0.7), canvas.shape[1] / count * 0.8)
        shape = SHAPES[str(rng.choice(list(SHAPES)))]
        thick = max(1, round(size * log_uniform(0.015, 0.07, rng)))
        middle = np.array([(n + 0.5) / count * canvas.shape[1], canvas.shape[0] * rng.uniform(0.4, 0.6)])
        for line in shape:
            points = np.array(line, np.float64)
            polyline(canvas, middle + points * size + rng.normal(0, 0.012, points.shape) * size, thick)


def stamp(canvas: Pixels, rng: Rng) -> None:
    """Two rings with a word between them, worn."""
    side = min(canvas.shape)
    middle, radius = (canvas.shape[1] // 2, canvas.shape[0] // 2), int(side * rng.uniform(0.25, 0.45))
    thick = max(1, radius // 18)
    for r in (radius, int(radius * 0.93), int(radius * 0.6)):
        cv2.circle(canvas, middle, r, 255, thick, cv2.LINE_AA)
    word = str(rng.choice(WORDS)).upper().replace("O", "A").replace("I", "E")
    for i, letter in enumerate(word):
        turn = -np.pi / 2 + (i - (len(word) - 1) / 2) * 0.45
        at = np.array(middle) + 0.77 * radius * np.array([np.cos(turn), np.sin(turn)])
        place = (round(at[0] - radius * 0.08), round(at[1] + radius * 0.08))
        cv2.putText(canvas, letter, place, cv2.FONT_HERSHEY_DUPLEX, radius / 130, 255, thick, cv2.LINE_AA)
    cv2.line(canvas, (middle[0] - radius // 2, middle[1]), (middle[0] + radius // 2, middle[1]), 255, thick * 2)
    worn = cv2.resize(rng.uniform(0, 1, (canvas.shape[0] // 4 + 2, canvas.shape[1] // 4 + 2)), canvas.shape[::-1])
    canvas[worn < 0.35] = 0


def chart(canvas: Pixels, rng: Rng) -> None:
    """Axes and a curve."""
    height, width = canvas.shape
    thick = _pen_width(canvas, rng)
    polyline(canvas, [[0.12 * width, 0.1 * height], [0.12 * width, 0.88 * height], [0.9 * width, 0.88 * height]], thick)
    xs = np.linspace(0.15, 0.88, 40) * width
    ys = height * np.clip(0.5 + 0.08 * np.cumsum(rng.normal(0, 0.6, 40)), 0.15, 0.8)
    polyline(canvas, np.stack([xs, ys], 1), thick)


def _round(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    return [(x + radius * float(np.cos(t)), y + radius * float(np.sin(t))) for t in np.linspace(0, 2 * np.pi, 40)]


_STAR = [(0.5 * float(np.cos(t)), 0.5 * float(np.sin(t))) for t in np.arange(6) * 4 * np.pi / 5 - np.pi / 2]
_HEART = [
    (float(np.sin(t) ** 3) / 2, -float(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 32)
    for t in np.linspace(0, 2 * np.pi, 60)
]
_SPIRAL = [(t / 50 * float(np.cos(t)), t / 50 * float(np.sin(t))) for t in np.linspace(0, 25, 160)]
SHAPES: dict[str, list[list[tuple[float, float]]]] = {
    "star": [_STAR],
    "heart": [_HEART],
    "spiral": [_SPIRAL],
    "house": [[(-0.4, 0.5), (-0.4, -0.1), (0, -0.5), (0.4, -0.1), (0.4, 0.5), (-0.4, 0.5)],
              [(-0.1, 0.5), (-0.1, 0.15), (0.15, 0.15), (0.15, 0.5)]],
    "face": [_round(0, 0, 0.5), _round(-0.18, -0.12, 0.05), _round(0.18, -0.12, 0.05),
             [(-0.25, 0.15), (-0.1, 0.28), (0.1, 0.28), (0.25, 0.15)]],
    "wave": [[(x / 20 - 0.5, 0.15 * float(np.sin(x))) for x in range(21)]],
    "tree": [[(0, 0.5), (0, 0.0)], [(-0.4, 0.1), (0, -0.5), (0.4, 0.1), (-0.4, 0.1)]],
    "flash": [[(0.1, -0.5), (-0.2, 0.05), (0.1, 0.0), (-0.15, 0.5)],
              [(0.3, -0.5), (0.1, -0.1), (0.35, -0.12), (0, 0.5)]],
}  # fmt: skip

COVERING: dict[str, Maker] = {
    "halftone": halftone, "fabric": fabric, "hatching": hatching, "checks": checks, "speckles": speckles,
    "empty table": empty_table, "empty boxes": empty_boxes, "barcode": barcode, "square code": square_code,
}  # fmt: skip
DRAWN: dict[str, Maker] = {
    "scribble": scribble, "brush": brush, "arrows": arrows, "doodles": doodles, "stamp": stamp, "chart": chart,
}  # fmt: skip


def _tones(height: int, width: int, rng: Rng) -> Floats:
    """As a photo without anything sharp in it, or with an horizon: bands and clouds of colour."""
    sheet = np.zeros((height, width, 3), np.float32)
    for cells in (2, 4, 9, 20)[: int(rng.integers(2, 5))]:
        rough = rng.uniform(0, 255 / cells**0.7, (cells + 1, cells + 1, 3)).astype(np.float32)
        sheet += cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        sheet[int(height * rng.uniform(0.3, 0.8)) :] *= rng.uniform(0.3, 0.8)
    return np.clip(sheet, 0, 255)


def _letters(sheet: Floats, mnist: Mnist, rng: Rng) -> None:
    """One to four letters, large, printed or in a font after somebody's hand."""
    text = "".join(rng.choice(list(LETTERS), int(rng.integers(1, 5))))
    _put(sheet, text, mnist, rng, sheet.shape[0] * rng.uniform(0.2, 0.6), 0.5)


def _words(sheet: Floats, mnist: Mnist, rng: Rng) -> None:
    """A page of words."""
    rows = int(rng.integers(2, 12))
    for n in range(rows):
        text = " ".join(rng.choice(WORDS, int(rng.integers(1, 5))))
        _put(sheet, text, mnist, rng, sheet.shape[0] / rows * 0.45, (n + 0.5) / rows)


def _put(sheet: Floats, text: str, mnist: Mnist, rng: Rng, tall: float, down: float) -> None:
    use = str(rng.choice(["printed", "hand"]))
    ink = printed_ink(text, font_of(files(fonts_of(mnist), use), max(9.0, tall), rng))
    if ink.shape[1] > 0.9 * sheet.shape[1]:
        scale = 0.9 * sheet.shape[1] / ink.shape[1]
        ink = np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
    x, y = (sheet.shape[1] - ink.shape[1]) * rng.uniform(0.1, 0.9), sheet.shape[0] * down - ink.shape[0] / 2
    lay(sheet, ink, x, y, a_pen(rng, {}))
