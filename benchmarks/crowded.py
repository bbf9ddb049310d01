"""Pictures that hold far more than anyone writes: dots, noise, hatching, halftones, text; small files, much to look at.

`hostile.py` reads each with `5x5 predict`, in a process of its own. All are made here, always the same.
"""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

LARGE = (5800, 8600)
"""Height and width of 50 megapixels."""


def _encoded(pixels: Pixels, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def _one_bit(pixels: Pixels) -> bytes:
    """As small a file as there is."""
    stream = io.BytesIO()
    Image.fromarray(pixels > 127).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _sheet(height: int = 2048, width: int = 2048, shade: int = 255) -> Pixels:
    return np.full((height, width), shade, np.uint8)


def dots(pitch: int, side: int) -> Pixels:
    """Square dots in rows."""
    sheet = _sheet()
    y, x = np.mgrid[0:2048, 0:2048] % pitch
    sheet[(y < side) & (x < side)] = 0
    return sheet


def checkerboard(side: int) -> Pixels:
    y, x = np.mgrid[0:2048, 0:2048] // side
    return np.where((x + y) % 2, 0, 255).astype(np.uint8)


def noise(height: int, width: int, grain: int = 1) -> Pixels:
    fine = np.random.default_rng(0).integers(0, 256, (height // grain, width // grain), dtype=np.uint8)
    return np.kron(fine, np.ones((grain, grain), np.uint8)) if grain > 1 else fine


def specks(share: float, grain: int) -> Pixels:
    """Black grains on white paper, anywhere."""
    grains = np.random.default_rng(0).random((2048 // grain + 1, 2048 // grain + 1)) < share
    return np.where(np.kron(grains, np.ones((grain, grain), bool)), 0, 255).astype(np.uint8)[:2048, :2048]


def halftone(pitch: int) -> Pixels:
    """A slope from black to white as a newspaper prints it."""
    y, x = np.mgrid[0:2048, 0:2048].astype(np.float32)
    screen = np.cos((x + y) * (np.pi / pitch)) + np.cos((x - y) * (np.pi / pitch))
    return np.where(screen > x / 512 - 2, 0, 255).astype(np.uint8)


def hatching(pitch: int, pen: int, length: int = 4096, slope: float = 1.0) -> Pixels:
    """Parallel strokes, `length` pixels of each row's way long before a gap."""
    sheet = _sheet()
    for at in range(-2048, 4096, pitch):
        for start in range(0, 2048, length + 12):
            end = min(2048, start + length)
            left, right = round(at + start * slope), round(at + end * slope)
            cv2.line(sheet, (left, start), (right, end), 0, pen, cv2.LINE_AA)
    return sheet


def crossed(pitch: int) -> Pixels:
    """Two hatchings over each other."""
    return np.minimum(hatching(pitch, 1, slope=0.7), hatching(pitch, 1, slope=-0.7)[:, ::-1])


def grid(pitch: int, pen: int = 1) -> Pixels:
    sheet = _sheet()
    sheet[np.arange(2048) % pitch < pen] = 0
    sheet[:, np.arange(2048) % pitch < pen] = 0
    return sheet


def rings(pitch: int, pen: int = 2, squares: bool = False) -> Pixels:
    sheet = _sheet()
    for radius in range(4, 1020, pitch):
        if squares:
            cv2.rectangle(sheet, (1024 - radius, 1024 - radius), (1024 + radius, 1024 + radius), 0, pen)
        else:
            cv2.circle(sheet, (1024, 1024), radius, 0, pen, cv2.LINE_AA)
    return sheet


def corners(pitch: int) -> Pixels:
    """L after L, each within the next: every box lies over all the others."""
    sheet = _sheet()
    for at in range(20, 2000, pitch):
        cv2.polylines(sheet, [np.array([(at, 20), (at, 2030 - at), (2030, 2030 - at)])], False, 0, 2)
    return sheet


def combs(pitch: int, teeth: int) -> Pixels:
    """Back after back with long teeth, as combs lie in each other."""
    sheet = _sheet()
    for top in range(10, 2048 - teeth, teeth + pitch):
        sheet[top : top + 3, 10:-10] = 0
        for x in range(10, 2038, pitch):
            sheet[top : top + teeth, x : x + 2] = 0
    return sheet


def spiral(turns: int) -> Pixels:
    sheet = _sheet()
    t = np.linspace(0, 1, 40_000)
    around = np.stack([np.cos(2 * np.pi * turns * t), np.sin(2 * np.pi * turns * t)], axis=1)
    cv2.polylines(sheet, [np.rint(1024 + 1000 * t[:, None] * around).astype(np.int32)], False, 0, 2, cv2.LINE_AA)
    return sheet


def text(words: str, size: float, pen: int, pitch: int, height: int = 2048, width: int = 2048) -> Pixels:
    """`words` line after line over the whole page."""
    sheet = _sheet(height, width, 245)
    wide = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, size, pen)[0][0]
    line = words * (width // max(1, wide) + 1)
    for bottom in range(pitch, height - pitch // 2, pitch):
        cv2.putText(sheet, line, (8, bottom), cv2.FONT_HERSHEY_SIMPLEX, size, 20, pen, cv2.LINE_AA)
    return sheet


PRINT = "The quick brown fox jumps over the lazy dog; 1,234 times. "


def digits(columns: int, rows: int, height: int = 2048, width: int = 2048, gap: float = 0.35) -> Pixels:
    """A page of that many digits, drawn one by one."""
    sheet, rng = _sheet(height, width, 245), np.random.default_rng(0)
    wide, high = width // (columns + 1), height // (rows + 1)
    size = min(wide / 20, high / 22) * (1 - gap)
    for row in range(rows):
        for column in range(columns):
            at = (wide // 2 + column * wide, high + row * high + int(rng.integers(-2, 3)))
            digit = str(rng.integers(10))
            cv2.putText(sheet, digit, at, cv2.FONT_HERSHEY_SIMPLEX, size, 20, max(1, round(2 * size)), cv2.LINE_AA)
    return sheet


def holes() -> Pixels:
    """One piece of ink with a million holes."""
    sheet = _sheet(shade=0)
    sheet[::2, ::2] = 255
    return sheet


def sieve() -> Pixels:
    """One piece of ink with holes that the reader can tell apart."""
    sheet = dots(8, 3)
    sheet = 255 - sheet
    sheet[:40], sheet[-40:], sheet[:, :40], sheet[:, -40:] = 255, 255, 255, 255
    return sheet


def rough_with_a_digit() -> Pixels:
    sheet = np.minimum(specks(0.02, 3), _sheet())
    cv2.putText(sheet, "7", (700, 1400), cv2.FONT_HERSHEY_SIMPLEX, 36, 0, 90, cv2.LINE_AA)
    return sheet


def maze() -> Pixels:
    """Strokes leaning either way, at random."""
    sheet, rng = _sheet(), np.random.default_rng(0)
    for y in range(0, 2048, 16):
        for x in range(0, 2048, 16):
            ends = ((x, y), (x + 15, y + 15)) if rng.random() < 0.5 else ((x + 15, y), (x, y + 15))
            cv2.line(sheet, *ends, 0, 2, cv2.LINE_AA)
    return sheet


def enlarged(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, LARGE[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def repeated(pixels: Pixels) -> Pixels:
    """Beside and under each other over 50 megapixels."""
    return np.tile(pixels, (LARGE[0] // 2048 + 1, LARGE[1] // 2048 + 1))[: LARGE[0], : LARGE[1]]


def coloured(pixels: Pixels) -> Pixels:
    return np.stack([pixels, np.roll(pixels, 1, 0), np.roll(pixels, 1, 1)], axis=2)


PICTURES: dict[str, Callable[[], bytes]] = {
    "65,536 dots": lambda: _one_bit(dots(8, 4)),
    "3,136 dots": lambda: _one_bit(dots(36, 9)),
    "dots, 50 megapixels": lambda: _one_bit(repeated(dots(16, 6))),
    "dots, 2 pixels, every 5": lambda: _one_bit(dots(5, 2)),
    "dots, 6 pixels, every 20": lambda: _one_bit(dots(20, 6)),
    "dots, 30 pixels, every 50": lambda: _one_bit(dots(50, 30)),
    "checkerboard of 1": lambda: _one_bit(checkerboard(1)),
    "checkerboard of 4": lambda: _one_bit(checkerboard(4)),
    "checkerboard of 32": lambda: _one_bit(checkerboard(32)),
    "checkerboard of 200": lambda: _one_bit(checkerboard(200)),
    "checkerboard of 8, 50 megapixels": lambda: _one_bit(repeated(checkerboard(8))),
    "noise": lambda: _encoded(noise(2048, 2048)),
    "noise, 50 megapixels": lambda: _encoded(noise(*LARGE)),
    "noise in grains of 4": lambda: _encoded(noise(2048, 2048, 4)),
    "noise in grains of 16": lambda: _encoded(noise(2048, 2048, 16)),
    "noise in colour": lambda: _encoded(coloured(noise(2048, 2048, 3))),
    "noise, JPEG, 50 megapixels": lambda: _encoded(coloured(noise(*LARGE)), "JPEG", quality=60),
    "JPEG's own noise": lambda: _encoded(text(PRINT, 0.8, 2, 30), "JPEG", quality=1),
    "specks, 1 in 50": lambda: _one_bit(specks(0.02, 3)),
    "specks, 1 in 5": lambda: _one_bit(specks(0.2, 4)),
    "specks, 1 in 3": lambda: _one_bit(specks(0.33, 12)),
    "a digit on rough paper": lambda: _one_bit(rough_with_a_digit()),
    "halftone, fine": lambda: _one_bit(halftone(6)),
    "halftone, coarse": lambda: _one_bit(halftone(17)),
    "halftone, 50 megapixels": lambda: _encoded(enlarged(halftone(9))),
    "hatching": lambda: _one_bit(hatching(7, 1)),
    "hatching, wide": lambda: _one_bit(hatching(24, 4)),
    "hatching, broken": lambda: _one_bit(hatching(9, 2, 60)),
    "hatching, short": lambda: _one_bit(hatching(10, 2, 18, 0.3)),
    "hatching, nearly level": lambda: _one_bit(np.ascontiguousarray(hatching(9, 2, slope=0.05).T)),
    "hatching, crossed": lambda: _one_bit(crossed(12)),
    "hatching, 50 megapixels": lambda: _one_bit(repeated(hatching(16, 3, 90))),
    "grid, every 5": lambda: _one_bit(grid(5)),
    "grid, every 16": lambda: _one_bit(grid(16)),
    "grid, every 40": lambda: _one_bit(grid(40, 3)),
    "rings": lambda: _one_bit(rings(5)),
    "rings, far apart": lambda: _one_bit(rings(20, 4)),
    "rings, 50 megapixels": lambda: _encoded(enlarged(rings(8))),
    "lines": lambda: _one_bit(np.minimum(grid(2048), hatching(12, 2, slope=0.0).T)),
    "combs": lambda: _one_bit(combs(8, 60)),
    "combs, long teeth, 50 megapixels": lambda: _one_bit(repeated(combs(6, 1000))),
    "squares": lambda: _one_bit(rings(6, squares=True)),
    "corners": lambda: _one_bit(corners(6)),
    "corners, far apart": lambda: _one_bit(corners(30)),
    "spiral": lambda: _one_bit(spiral(150)),
    "maze": lambda: _one_bit(maze()),
    "a million holes": lambda: _one_bit(holes()),
    "a sieve": lambda: _one_bit(sieve()),
    "colons": lambda: _one_bit(text(":", 1.2, 3, 30)),
    "colons, apart": lambda: _one_bit(text(":  ", 1.2, 5, 46)),
    "colons, small": lambda: _one_bit(text(":", 0.5, 1, 14)),
    "print": lambda: _encoded(text(PRINT, 0.8, 2, 32)),
    "print, small": lambda: _encoded(text(PRINT, 0.4, 1, 16)),
    "print, 50 megapixels": lambda: _encoded(enlarged(text(PRINT, 0.6, 1, 24)), "JPEG"),
    "print, small, 50 megapixels": lambda: _encoded(text(PRINT, 0.5, 1, 20, *LARGE), "JPEG"),
    "slashes": lambda: _one_bit(text("/", 1.0, 2, 30)),
    "1,150 digits, 35 megapixels": lambda: _encoded(digits(25, 46, 7000, 5000), "JPEG"),
    "3,000 digits": lambda: _encoded(digits(50, 60)),
    "10,000 digits": lambda: _encoded(digits(100, 100)),
}
"""By name, the bytes of each file."""


def write(name: str, path: Path) -> int:
    """Put the picture of that name at `path`; how many bytes it has."""
    return path.write_bytes(PICTURES[name]())
