"""What is written on, or might be: plain, ruled and squared paper; textures and scenes that nobody wrote on."""

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rng = np.random.Generator

PAPERS = {
    "white": (250, 250, 250), "cream": (243, 236, 216), "grey": (205, 205, 203), "yellow": (248, 235, 150),
    "kraft": (203, 172, 132), "blueish": (222, 232, 242), "board": (236, 240, 240),
}  # fmt: skip
RULES = {"blue": (0.55, 0.75, 0.95), "grey": (0.75, 0.75, 0.75), "red": (0.95, 0.7, 0.7)}


ANY_RULING = {"plain": 0.4, "ruled": 0.3, "squared": 0.3}
PLAIN = {"plain": 1.0}


def empty_sheet(
    height: int,
    width: int,
    digit: int,
    rng: Rng,
    traits: dict[str, str],
    rulings: dict[str, float] = ANY_RULING,
) -> Floats:
    """An empty sheet, [height, width, 3] from 0 to 255; lines are spaced to suit digits `digit` pixels high."""
    colour = str(rng.choice(list(PAPERS)))
    ruling = str(rng.choice(list(rulings), p=list(rulings.values())))
    traits |= {"paper": colour, "ruling": ruling}
    sheet = np.empty((height, width, 3), np.float32)
    sheet[:] = np.array(PAPERS[colour]) * rng.uniform(0.92, 1.0)
    if rng.random() < 0.5:
        grain = rng.normal(0, 1, (height // 3 + 2, width // 3 + 2)).astype(np.float32)
        sheet += rng.uniform(0.5, 3.0) * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None]
    if ruling != "plain":
        _rule(sheet, ruling, digit, rng)
    return sheet


def _rule(sheet: Floats, ruling: str, digit: int, rng: Rng) -> None:
    height, width = sheet.shape[:2]
    spacing = max(7.0, digit * (rng.uniform(0.7, 1.7) if ruling == "ruled" else rng.uniform(0.22, 0.9)))
    thick = max(1.0, spacing * rng.uniform(0.015, 0.05))
    tint = np.array(RULES[str(rng.choice(list(RULES)))]) ** rng.uniform(0.5, 1.5)
    lines = np.zeros((height, width), np.uint8)
    for y in np.arange(rng.uniform(0, spacing), height, spacing):
        cv2.line(lines, (-16, round(y * 16)), (width * 16, round(y * 16)), 255, round(thick), cv2.LINE_AA, 4)
    if ruling == "squared":
        for x in np.arange(rng.uniform(0, spacing), width, spacing):
            cv2.line(lines, (round(x * 16), -16), (round(x * 16), height * 16), 255, round(thick), cv2.LINE_AA, 4)
    amount = (lines.astype(np.float32) / 255)[:, :, None]
    sheet *= 1 - amount * (1 - tint.astype(np.float32))


def texture(height: int, width: int, rng: Rng, traits: dict[str, str]) -> Floats:
    """Wood, cloth, noise or gravel."""
    name = str(rng.choice(["wood", "cloth", "noise", "gravel"]))
    traits["texture"] = name
    fine = float(np.exp(rng.uniform(np.log(2), np.log(min(height, width) / 12))))
    if name == "cloth":
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        pattern = np.sin(x / fine) * np.sin(y / fine) + 0.3 * rng.normal(0, 1, (height, width))
    else:
        stretch = rng.uniform(6, 20) if name == "wood" else 1.0
        cells = (max(2, int(height / fine)), max(2, int(width / fine / stretch)))
        pattern = cv2.resize(rng.normal(0, 1, cells), (width, height), interpolation=cv2.INTER_CUBIC)
        if name == "gravel":
            pattern = np.sign(pattern) + 0.3 * pattern
    colour = rng.uniform(60, 230, 3)
    return np.asarray(colour + rng.uniform(4, 40) * pattern[:, :, None], np.float32)


def scene(height: int, width: int, rng: Rng, traits: dict[str, str]) -> Floats:  # noqa: ARG001
    """Soft shapes of many colours, as a photo that is out of focus."""
    sheet = np.empty((height, width, 3), np.float32)
    sheet[:] = rng.uniform(40, 230, 3)
    for _ in range(int(rng.integers(4, 16))):
        colour = tuple(float(c) for c in rng.uniform(20, 250, 3))
        at = (int(rng.integers(width)), int(rng.integers(height)))
        if rng.random() < 0.5:
            cv2.circle(sheet, at, int(min(height, width) * rng.uniform(0.08, 0.5)), colour, -1, cv2.LINE_AA)
        else:
            end = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.rectangle(sheet, at, end, colour, -1)
    return cv2.GaussianBlur(sheet, (0, 0), min(height, width) * rng.uniform(0.004, 0.06)).astype(np.float32)
