"""How far apart colours look, to every kind of eye, and how well one is seen on another.

Sources: contrast and sRGB, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio; OKLab, in which equal distances look
equally large, https://bottosson.github.io/posts/oklab/; colour-blind eyes, the matrices of severity 1.0 of Machado,
Oliveira and Fernandes (2009), https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html.
"""

import numpy as np
import numpy.typing as npt

Colours = npt.NDArray[np.float64]

JUST_SEEN = 0.02
"""A distance in OKLab that is just noticeable: https://www.w3.org/TR/css-color-4/#GMJND"""

EYES: dict[str, Colours] = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
"""From linear RGB to the linear RGB that looks the same to these eyes."""

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_FROM_CONES = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear(colours: list[str]) -> Colours:
    """Linear RGB [N, 3] of colours that are written "#rrggbb"."""
    shares = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]) / 255
    result: Colours = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return result


def luminance(colour: str) -> float:
    return float(linear([colour])[0] @ (0.2126, 0.7152, 0.0722))


def contrast(a: str, b: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def oklab(colours: list[str], eyes: str = "normal") -> Colours:
    """Lightness, green to red, blue to yellow [N, 3] as these eyes see them."""
    seen = np.clip(linear(colours) @ EYES[eyes].T, 0, 1)
    places: Colours = np.cbrt(seen @ _TO_CONES.T) @ _FROM_CONES.T
    return places


def distances(colours: list[str], eyes: str = "normal") -> Colours:
    """How far each colour [N, N] looks from each other one."""
    places = oklab(colours, eyes)
    apart: Colours = np.linalg.norm(places[:, None] - places[None], axis=2)
    return apart
