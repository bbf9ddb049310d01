"""Seven-segment displays: lamps that glow or liquid crystal, with or without gaps, upright or slanted."""

import cv2
import numpy as np

from handwritten.camera import Camera, photographed
from handwritten.fonts import files
from handwritten.ink import Mnist
from handwritten.kinds.printed import fonts_of
from handwritten.print import font_of, printed_ink
from handwritten.sheet import Floats, Pixels, Rng, Sheet
from handwritten.writing import digits, lay, log_uniform

# a: top; b, c: right; d: bottom; e, f: left; g: middle.
SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
SHORT = {"6": "fgedc", "7": "fabc", "9": "abgfc"}
"""What some displays show for 6, 7 and 9 instead."""
LAMPS = {"red": (255, 50, 35), "green": (70, 255, 90), "amber": (255, 170, 40), "blue": (70, 160, 255),
         "white": (240, 245, 250)}  # fmt: skip
CRYSTALS = {
    "grey-green": (172, 186, 164),
    "grey": (190, 194, 190),
    "olive": (160, 168, 120),
    "backlit": (120, 190, 235),
}


def displays(mnist: Mnist, rng: Rng) -> Sheet:
    """One to six digits of a display, some with a point or a colon."""
    traits = {"kind": "displays"}
    text = digits(int(rng.integers(1, 7)), rng)
    if len(text) > 2 and rng.random() < 0.25:
        text = f"{text[:-2]}{rng.choice(['.', ':'])}{text[-2:]}"
    tall = log_uniform(36, 220, rng)
    if "." not in text and ":" not in text and rng.random() < 0.4:
        font = font_of(files(fonts_of(mnist), "display"), tall, rng)
        lit, unlit = printed_ink(text, font), printed_ink("8" * len(text), font)
        lit = _right(lit, unlit.shape)
        traits["source"] = "font"
    else:
        lit, unlit = _drawn(text, tall, rng)
        traits["source"] = "drawn"
    kind = str(rng.choice(["lamps", "crystal"]))
    traits["display"] = kind
    left, right, top, bottom = rng.uniform(0.15, 0.9, 4) * tall
    size = (int(lit.shape[0] + top + bottom), int(lit.shape[1] + left + right))
    sheet = _display(kind, size, (lit, unlit), (left, top), tall, rng, traits)
    return Sheet(photographed(sheet, int(tall), rng, traits, Camera(noise=7.0, inverted=0.0)), text, traits)


def _right(ink: Floats, shape: tuple[int, ...]) -> Floats:
    """`ink` at the right and the bottom of a larger empty one."""
    whole = np.zeros((max(shape[0], ink.shape[0]), max(shape[1], ink.shape[1])), np.float32)
    whole[whole.shape[0] - ink.shape[0] :, whole.shape[1] - ink.shape[1] :] = ink
    return whole


def _display(
    kind: str,
    size: tuple[int, int],
    inks: tuple[Floats, Floats],
    at: tuple[float, float],
    tall: float,
    rng: Rng,
    traits: dict[str, str],
) -> Floats:
    sheet = np.empty((*size, 3), np.float32)
    ghost = float(rng.choice([0.0, rng.uniform(0.03, 0.12)]))
    lit, unlit = inks
    if kind == "lamps":
        name = str(rng.choice(list(LAMPS)))
        colour = np.array(LAMPS[name], np.float32) * rng.uniform(0.75, 1)
        sheet[:] = rng.uniform(4, 40) * rng.uniform(0.7, 1.0, 3)
    else:
        name = str(rng.choice(list(CRYSTALS)))
        colour = np.array((30, 36, 34), np.float32) * rng.uniform(0.6, 2.0)
        sheet[:] = np.array(CRYSTALS[name]) * rng.uniform(0.8, 1.08)
    traits["colour"] = name
    lay(sheet, unlit * ghost, *at, colour)
    lay(sheet, lit, *at, colour)
    if kind == "lamps" and rng.random() < 0.6:
        glow = cv2.GaussianBlur(sheet, (0, 0), tall * rng.uniform(0.03, 0.1))
        sheet = np.maximum(sheet, glow * rng.uniform(0.5, 1.0)).astype(np.float32)
    if rng.random() < 0.25:
        traits["housing"] = "yes"
        edges = [max(2, int(e)) for e in rng.uniform(0.1, 0.5, 4) * tall]
        grey = float(rng.uniform(20, 225))
        sheet = np.pad(sheet, ((edges[0], edges[1]), (edges[2], edges[3]), (0, 0)), constant_values=grey)
    return sheet


def _drawn(text: str, tall: float, rng: Rng) -> tuple[Floats, Floats]:
    """Segments as ink: those of `text`, and all that could be lit."""
    thick, gap = tall * rng.uniform(0.08, 0.17), tall * float(rng.choice([0.0, rng.uniform(0.005, 0.035)]))
    wide, step = tall * rng.uniform(0.45, 0.6), tall * rng.uniform(0.18, 0.34)
    pointed, short = bool(rng.random() < 0.6), bool(rng.random() < 0.2)
    slant = float(rng.choice([0.0, np.tan(np.radians(rng.uniform(3, 12)))]))
    points = sum(not letter.isdigit() for letter in text)
    width = int((len(text) - points) * (wide + step) + points * 0.6 * step + slant * tall) + 8
    lit, unlit = np.zeros((int(tall) + 8, width), np.uint8), np.zeros((int(tall) + 8, width), np.uint8)
    x = 4.0
    for letter in text:
        if not letter.isdigit():
            _points(lit, letter, x - step * 0.5, tall, thick, slant)
            x += 0.6 * step
            continue
        which = SHORT[letter] if short and letter in SHORT else SEGMENTS[int(letter)]
        for name in "abcdefg":
            shape = _segment(name, wide, tall, thick, gap, pointed)
            shape[:, 0] += x + slant * (tall - shape[:, 1])
            fixed = np.rint((shape + np.array([0, 4])) * 16).astype(np.int32)
            for canvas in (lit, unlit) if name in which else (unlit,):
                cv2.fillPoly(canvas, [fixed], 255, cv2.LINE_AA, 4)
        x += wide + step
    return np.asarray(lit / 255, np.float32), np.asarray(unlit / 255, np.float32)


def _segment(name: str, wide: float, tall: float, thick: float, gap: float, pointed: bool) -> Floats:
    """The corners of one segment, [n, 2], x and y from the digit's left upper corner."""
    half, high = thick / 2, (tall - thick) / 2
    lying = name in "adg"
    length = (wide - thick if lying else high) - 2 * gap
    end = half if pointed else 0.0
    bar = np.array([[0, 0], [end, -half], [length - end, -half], [length, 0], [length - end, half], [end, half]])
    if not pointed:
        bar[[0, 3], 0] += (-half if gap == 0 else 0.0, half if gap == 0 else 0.0)
    starts = {"a": (0, 0), "g": (0, 1), "d": (0, 2), "f": (0, 0), "e": (0, 1), "b": (1, 0), "c": (1, 1)}
    column, row = starts[name]
    corner = np.array([half + column * (wide - thick), half + row * high])
    along = bar + np.array([gap, 0])
    return np.asarray((along if lying else along[:, ::-1]) + corner, np.float32)


def _points(canvas: Pixels, letter: str, x: float, tall: float, thick: float, slant: float) -> None:
    radius = max(1, round(thick * 0.55))
    for share in (1.0,) if letter == "." else (0.3, 0.7):
        y = tall * share - (radius if letter == "." else 0)
        cv2.circle(canvas, (round(x + slant * (tall - y)), round(y + 4)), radius, 255, -1, cv2.LINE_AA)
