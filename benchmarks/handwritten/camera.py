"""A sheet as it arrives: seen through shadow, perspective, blur, noise and JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class Camera:
    """How badly a sheet may be seen.

    Attributes:
        noise: the largest deviation of a pixel's noise, of 255.
        blur: the largest, as a share of a digit's height.
        inverted: how often the picture is a negative.
    """

    noise: float = 9.0
    blur: float = 0.018
    inverted: float = 0.2


ANY = Camera()
POSITIVE = Camera(inverted=0.0)


def _shadow(sheet: Floats, rng: Rng, traits: dict[str, str]) -> None:
    height, width = sheet.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    kind = str(rng.choice(["none", "slope", "edge", "corner"], p=[0.35, 0.3, 0.25, 0.1]))
    traits["shadow"] = kind
    if kind == "slope":
        light = 1 - rng.uniform(0.1, 0.5) * (along + 0.5)
    elif kind == "edge":
        light = 1 - rng.uniform(0.15, 0.5) / (1 + np.exp(-(along - rng.uniform(-0.3, 0.3)) / rng.uniform(0.01, 0.08)))
    elif kind == "corner":
        away = np.hypot(x / width - rng.uniform(0, 1), y / height - rng.uniform(0, 1))
        light = 1 - rng.uniform(0.2, 0.5) * np.clip(away, 0, 1)
    else:
        return
    sheet *= np.clip(light, 0.15, 1)[:, :, None].astype(np.float32)


def photographed(sheet: Floats, digit: int, rng: Rng, traits: dict[str, str], camera: Camera = ANY) -> Pixels:
    """`sheet` as it arrives: bent by perspective, lit, blurred, noisy, inverted perhaps, through JPEG."""
    height, width = sheet.shape[:2]
    if rng.random() < 0.5:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        # Outwards, so that nothing has to be invented at the edges.
        reach = np.minimum((0.05 * width, 0.05 * height), 0.2 * digit)
        moved = corners + np.sign(corners - (width / 2, height / 2)) * rng.uniform(0, 1, (4, 2)) * reach
        matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
        sheet = cv2.warpPerspective(sheet, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        traits["perspective"] = "yes"
    _shadow(sheet, rng, traits)
    if rng.random() < 0.6:
        sheet = cv2.GaussianBlur(sheet, (0, 0), max(0.3, digit * rng.uniform(0.002, camera.blur))).astype(np.float32)
    if rng.random() < 0.7:
        sheet = sheet + rng.normal(0, rng.uniform(1, camera.noise), sheet.shape).astype(np.float32)
    picture = np.clip(np.rint(sheet), 0, 255).astype(np.uint8)
    if rng.random() < camera.inverted:
        picture = 255 - picture
        traits["inverted"] = "yes"
    if rng.random() < 0.7:
        quality = int(rng.integers(35, 96))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        traits["jpeg"] = "low" if quality < 60 else "high"
    return picture
