"""A digit as ink of any size: one of MNIST's, enlarged smoothly, or pen strokes drawn by this file."""

import itertools

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rng = np.random.Generator
Points = list[tuple[float, float]]

# Strokes in a box of width 0.6 and height 1 (y down), as points that a smooth curve passes through; "|" in a style's
# name means corners stay sharp.
STYLES: dict[int, dict[str, list[Points]]] = {
    0: {
        "closed": [[(0.3, 0.0), (0.06, 0.2), (0.0, 0.5), (0.08, 0.82), (0.3, 1.0), (0.52, 0.82), (0.6, 0.5),
                    (0.53, 0.18), (0.3, 0.0)]],
        "overshot": [[(0.36, 0.05), (0.1, 0.15), (0.0, 0.52), (0.1, 0.87), (0.32, 1.0), (0.54, 0.8), (0.6, 0.45),
                      (0.48, 0.1), (0.27, 0.01), (0.16, 0.06)]],
    },
    1: {
        "|bar": [[(0.3, 0.0), (0.3, 1.0)]],
        "|flag": [[(0.1, 0.26), (0.34, 0.0), (0.34, 1.0)]],
        "|flag and base": [[(0.1, 0.24), (0.32, 0.0), (0.32, 1.0)], [(0.08, 1.0), (0.56, 1.0)]],
    },
    2: {
        "plain": [[(0.03, 0.24), (0.13, 0.05), (0.33, 0.0), (0.53, 0.1), (0.56, 0.32), (0.4, 0.6), (0.18, 0.84),
                   (0.02, 0.99)], [(0.02, 0.99), (0.3, 0.985), (0.6, 0.98)]],
        "looped": [[(0.04, 0.2), (0.18, 0.02), (0.42, 0.02), (0.54, 0.22), (0.44, 0.52), (0.2, 0.86), (0.05, 0.96),
                    (0.03, 0.84), (0.15, 0.8), (0.3, 0.92), (0.46, 1.0), (0.6, 0.92)]],
    },
    3: {
        "round": [[(0.04, 0.14), (0.2, 0.01), (0.42, 0.02), (0.54, 0.18), (0.46, 0.38), (0.24, 0.47)],
                  [(0.24, 0.47), (0.48, 0.54), (0.6, 0.74), (0.5, 0.94), (0.26, 1.0), (0.04, 0.9)]],
        "|flat": [[(0.05, 0.02), (0.55, 0.02), (0.26, 0.4), (0.47, 0.46), (0.57, 0.6), (0.57, 0.8), (0.43, 0.96),
                   (0.2, 1.0), (0.02, 0.92)]],
    },
    4: {
        "|open": [[(0.08, 0.0), (0.03, 0.56), (0.6, 0.56)], [(0.46, 0.12), (0.44, 1.0)]],
        "|closed": [[(0.42, 1.0), (0.44, 0.0), (0.0, 0.66), (0.6, 0.66)]],
    },
    5: {
        "two strokes": [[(0.1, 0.02), (0.06, 0.42), (0.24, 0.38), (0.46, 0.44), (0.58, 0.66), (0.5, 0.9), (0.26, 1.0),
                         (0.02, 0.92)], [(0.1, 0.02), (0.34, 0.025), (0.56, 0.0)]],
        "one stroke": [[(0.56, 0.0), (0.34, 0.02), (0.13, 0.03)], [(0.13, 0.03), (0.09, 0.22), (0.06, 0.43),
                       (0.28, 0.36), (0.5, 0.45), (0.58, 0.68), (0.48, 0.92), (0.24, 1.0), (0.02, 0.9)]],
    },
    6: {
        "curved": [[(0.5, 0.02), (0.24, 0.14), (0.05, 0.45), (0.02, 0.74), (0.14, 0.96), (0.36, 1.0), (0.55, 0.88),
                    (0.56, 0.68), (0.4, 0.55), (0.2, 0.6), (0.05, 0.76)]],
        "straight": [[(0.32, 0.0), (0.14, 0.32), (0.03, 0.68), (0.12, 0.93), (0.32, 1.0), (0.52, 0.9), (0.57, 0.72),
                      (0.42, 0.57), (0.22, 0.6), (0.06, 0.72)]],
    },
    7: {
        "|plain": [[(0.02, 0.03), (0.58, 0.02), (0.24, 1.0)]],
        "|crossed": [[(0.02, 0.03), (0.58, 0.02), (0.24, 1.0)], [(0.16, 0.52), (0.56, 0.5)]],
        "|serif": [[(0.03, 0.16), (0.04, 0.02), (0.58, 0.02), (0.4, 0.4), (0.28, 1.0)]],
    },
    8: {
        "figure": [[(0.5, 0.12), (0.3, 0.0), (0.1, 0.1), (0.1, 0.32), (0.3, 0.48), (0.5, 0.64), (0.54, 0.86),
                    (0.3, 1.0), (0.05, 0.87), (0.09, 0.65), (0.3, 0.47), (0.47, 0.32), (0.52, 0.14)]],
        "two rings": [[(0.3, 0.0), (0.12, 0.1), (0.11, 0.34), (0.3, 0.46), (0.49, 0.34), (0.48, 0.1), (0.3, 0.0)],
                      [(0.3, 0.46), (0.06, 0.6), (0.05, 0.88), (0.3, 1.0), (0.55, 0.88), (0.54, 0.6), (0.3, 0.46)]],
    },
    9: {
        "straight": [[(0.54, 0.14), (0.36, 0.0), (0.12, 0.05), (0.03, 0.26), (0.16, 0.46), (0.38, 0.44), (0.53, 0.2)],
                     [(0.55, 0.08), (0.52, 0.5), (0.48, 1.0)]],
        "curved": [[(0.53, 0.2), (0.36, 0.01), (0.12, 0.06), (0.03, 0.28), (0.18, 0.48), (0.4, 0.42), (0.53, 0.2)],
                   [(0.54, 0.14), (0.58, 0.45), (0.48, 0.84), (0.26, 1.0), (0.06, 0.9)]],
    },
}  # fmt: skip


def _curve(points: npt.NDArray[np.float64], sharp: bool) -> npt.NDArray[np.float64]:
    """A dense line through `points` [n, 2]: Catmull-Rom, or straight pieces."""
    if sharp or len(points) < 3:
        steps = np.linspace(0, len(points) - 1, 40 * len(points))
        return np.stack([np.interp(steps, range(len(points)), points[:, i]) for i in (0, 1)], axis=1)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, 40, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*pieces, points[-1:]])


def pen_digit(
    digit: int, height: int, rng: Rng, thick: float = 0.0, styles: dict[str, list[Points]] | None = None
) -> tuple[Floats, str]:
    """`digit` drawn as pen strokes, `height` pixels high: (how much ink each pixel has, 0 to 1; its style).

    `thick` is the pen's width as a share of the height, 0 for any; `styles` are ways to draw it other than `STYLES`.
    """
    styles = STYLES[digit] if styles is None else styles
    style = str(rng.choice(list(styles)))
    any_width = height * float(np.exp(rng.uniform(np.log(0.025), np.log(0.17))))
    thickness = max(1.3, thick * height or any_width)
    aspect = rng.uniform(0.8, 1.2)
    slant = np.tan(np.radians(rng.uniform(-8, 22)))
    turn = np.radians(rng.uniform(-7, 7))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[aspect, -slant], [0, 1]]
    )
    lines = []
    for stroke in styles[style]:
        points = np.array(stroke) + rng.normal(0, 0.018, (len(stroke), 2))
        lines.append(_curve(points, style.startswith("|")) @ matrix.T)
    # Strokes that meet in the design still meet after every point moved a little.
    for before, after in itertools.pairwise(lines):
        if np.linalg.norm(before[-1] - after[0]) < 0.12:
            after += (before[-1] - after[0]) * np.linspace(1, 0, len(after))[:, None]
    gap = ""
    if rng.random() < 0.12 and digit != 1:
        lines, gap = _with_gap(lines, thickness / height, rng), " with gap"
    low = np.min([line.min(0) for line in lines], axis=0)
    high = np.max([line.max(0) for line in lines], axis=0)
    scale = (height - thickness) / max(high[1] - low[1], 1e-6)
    pad = thickness / 2 + 2
    size = np.ceil((high - low) * scale + 2 * pad).astype(int)
    ink = np.zeros((size[1], size[0]), np.uint8)
    pressure = rng.uniform(0, 0.25)
    phase = rng.uniform(0, 6)
    for line in lines:
        at = (line - low) * scale + pad
        for i, (start, end) in enumerate(itertools.pairwise(at)):
            width = thickness * (1 + pressure * np.sin(phase + i / 25))
            cv2.line(ink, _fixed(start), _fixed(end), 255, max(1, round(width)), cv2.LINE_AA, shift=4)
    return np.asarray(ink / 255, np.float32), style + gap


def _fixed(point: npt.NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0]) * 16), round(float(point[1]) * 16)


def _with_gap(lines: list[npt.NDArray[np.float64]], thickness: float, rng: Rng) -> list[npt.NDArray[np.float64]]:
    """The pen lifted for a moment in the middle of the longest stroke; the gap is short beside the digit."""
    longest = max(range(len(lines)), key=lambda i: len(lines[i]))
    line = lines[longest]
    at = int(len(line) * rng.uniform(0.3, 0.7))
    reach = thickness * 0.55 + rng.uniform(0.015, 0.035)
    away = np.linalg.norm(line - line[at], axis=1) > reach
    before, after = line[:at][away[:at]], line[at:][away[at:]]
    return [*lines[:longest], *[part for part in (before, after) if len(part) > 1], *lines[longest + 1 :]]


class Mnist:
    """MNIST's digits as ink of any size, of one of its parts: "train", "validation" or "test"."""

    def __init__(self, part: str) -> None:
        from fivebyfive.datasets import load

        self.part = part
        images = getattr(load("mnist"), part)
        self.pixels, self.labels = images.pixels[:, :, :, 0], images.labels

    def digit(self, digit: int, height: int, rng: Rng) -> tuple[Floats, str]:
        """One of its digits, enlarged smoothly into ink `height` pixels high."""
        index = int(rng.choice(np.flatnonzero(self.labels == digit)))
        rows, columns = np.nonzero(self.pixels[index] > 60)
        cut = self.pixels[index][rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        small = np.pad(cut, 2).astype(np.float32) / 255
        fine = cv2.resize(small, None, fx=16, fy=16, interpolation=cv2.INTER_CUBIC)
        fine = cv2.GaussianBlur(fine, (0, 0), 5)
        pen = rng.uniform(-0.1, 0.1)
        fine = np.clip((fine - 0.37 + pen) * 8 + 0.5, 0, 1)
        scale = height / (cut.shape[0] * 16)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        ink = cv2.resize(fine, None, fx=scale, fy=scale, interpolation=way)
        return np.clip(ink, 0, 1).astype(np.float32), f"mnist {index}"


def written(digit: int, height: int, mnist: Mnist, rng: Rng, source: str) -> tuple[Floats, str]:
    """`digit` as ink `height` pixels high, from `source`, "mnist" or "pen", and which one of its it is."""
    return mnist.digit(digit, height, rng) if source == "mnist" else pen_digit(digit, height, rng)
