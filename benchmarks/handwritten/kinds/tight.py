"""A digit cut out with no margin, as from a form or a data set; small scans enlarged."""

import cv2
import numpy as np

from handwritten.camera import Camera, photographed
from handwritten.ink import Mnist
from handwritten.paper import PLAIN, empty_sheet
from handwritten.sheet import Floats, Rng, Sheet
from handwritten.writing import a_hand, a_pen, lay, log_uniform

WAYS = {"smooth": cv2.INTER_CUBIC, "plain": cv2.INTER_LINEAR, "blocks": cv2.INTER_NEAREST}


def tight(mnist: Mnist, rng: Rng) -> Sheet:
    """One digit that fills its picture of 33 to 200 pixels."""
    traits = {"kind": "tight"}
    digit, tall = int(rng.integers(10)), round(log_uniform(33, 200, rng))
    ink = a_hand(mnist, rng, traits).digit(digit, tall, rng)
    if rng.random() < 0.4:
        ink, traits["cut"] = _scanned(ink, rng), "scan"
        margins = np.zeros(4, int)
    else:
        margins = np.rint(rng.uniform(-0.02, 0.04, 4) * tall).astype(int)
        traits["cut"] = "photo"
    height, width = ink.shape
    top, bottom, left, right = margins.tolist()
    size = (max(20, height + top + bottom), max(20, width + left + right))
    sheet = empty_sheet(*size, tall, rng, traits, PLAIN)
    lay(sheet, ink, (size[1] - width) / 2, top, a_pen(rng, traits))
    picture = photographed(sheet, tall, rng, traits, Camera(noise=6.0, blur=0.012, inverted=0.35))
    return Sheet(picture, str(digit), traits)


def _scanned(ink: Floats, rng: Rng) -> Floats:
    """16 pixels high and wide, the longer side from edge to edge, and enlarged to 96 or so.

    A digit stays as slim as it is: Y. LeCun and others, Backpropagation Applied to Handwritten Zip Code Recognition
    (Neural Computation 1, 1989), whose scans these are like.
    """
    more = [(max(ink.shape) - n) // 2 for n in ink.shape]
    small = cv2.resize(np.pad(ink, [(n, n) for n in more]), (16, 16), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        small = np.clip(small * rng.uniform(1.0, 1.6), 0, 1).astype(np.float32)
    side = int(rng.choice([48, 64, 96, 96, 128]))
    way = WAYS[str(rng.choice(list(WAYS)))]
    return np.clip(cv2.resize(small, (side, side), interpolation=way), 0, 1).astype(np.float32)
