"""A film of a training as the page reads it: what is learned, and frame by frame how far it was.

One form for all: a live page gets `about` once and then `frames` of one frame each, a file gets both at once. The field
``film`` holds ``about`` (what is learned), ``frames`` (step, learning rate, loss and accuracy of each), ``history``
([step, loss, accuracy] of the batches that were looked at), ``looks`` (the same of the validation pictures) and
``coded`` (see below); a later part's frames come after
those of an earlier one.

Buffers, the first size of each but the first two being frames: ``film/pictures`` (uint8 [K, H, W, C]),
``film/labels`` (int32 [K]), ``film/answers`` (float16 [n, K, classes]: probabilities), ``film/weight/I`` of the Ith
layer ([n, out, in, height, width]), ``film/gradient/I``, ``film/m/I``, ``film/v/I`` and ``film/change/I`` of a small
one (float32, the same shape; NaN where nothing is known) and ``film/maps/I`` (uint8 [n, P, channels, height, width];
128 is zero, 255 what ``film/maps-range/I`` says, float32 [n, P]), of the first P pictures.

A buffer that ``coded`` names holds whole numbers instead, to be multiplied by the number that stands there, and of each
but the first the change since the frame before: from frame to frame little changes, and small numbers compress well.
They lie in zigzag: 0, −1, 1, −2, 2 … are 0, 1, 2, 3, 4 …
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.views.page.envelope import Buffers, Part

Numbers = npt.NDArray[Any]
FINE, COARSE = 8191, 127
"""Steps from zero to the largest weight of a layer, and to the largest number of a map."""
MOMENTS = ("gradient", "m", "v", "change")
"""What moved a weight, and by how much."""
HALF = 65_504.0
"""The largest number of half precision."""


@dataclass(frozen=True)
class Layer:
    """Weights that are shown.

    Attributes:
        shape: [out, in, height, width]; of a matrix the last two are 1.
        picture: whether each filter is as large as the picture, and looks at all of it.
    """

    name: str
    shape: tuple[int, int, int, int]
    picture: bool = False


@dataclass(frozen=True)
class About:
    """What is learned, and from what it is told how far it is.

    Attributes:
        steps: that the training takes in all.
        batch_size: pictures a step.
        pictures: uint8 [K, H, W, C], that it is asked at every frame; `labels`, [K], their classes.
        left_out: sentences on what is not shown.
    """

    network: str
    recipe: str
    classes: tuple[str, ...]
    steps: int
    batch_size: int
    layers: tuple[Layer, ...]
    pictures: Numbers
    labels: Numbers
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """How far a training was after a step.

    Attributes:
        answers: probabilities, [K, classes]; None: it was not asked after this step.
        weights: by layer, in the layer's shape; `moments`, the same by one of `MOMENTS` and layer.
        maps: by layer, what its convolution gave for the first pictures, [P, channels, height, width].
    """

    step: int
    rate: float
    answers: Numbers | None
    weights: Mapping[str, Numbers]
    maps: Mapping[str, Numbers] = field(default_factory=dict)
    moments: Mapping[tuple[str, str], Numbers] = field(default_factory=dict)
    loss: float | None = None
    accuracy: float | None = None


Point = tuple[int, float, float]
"""Step, loss, accuracy."""


def about(learned: About) -> Part:
    """What stays the same from frame to frame."""
    said = {
        "network": learned.network,
        "recipe": learned.recipe,
        "classes": list(learned.classes),
        "steps": learned.steps,
        "batch_size": learned.batch_size,
        "layers": [
            {"name": layer.name, "shape": list(layer.shape), "picture": layer.picture} for layer in learned.layers
        ],
        "left_out": list(learned.left_out),
    }
    pictures = {"film/pictures": learned.pictures, "film/labels": np.asarray(learned.labels, np.int32)}
    return Part({"film": {"about": said}}, pictures)


def frame(learned: About, at: Frame) -> Part:
    """One frame, as it is sent while the training goes on."""
    buffers: Buffers = {} if at.answers is None else {"film/answers": _half(at.answers)[None]}
    for index, layer in enumerate(learned.layers):
        if layer.name in at.weights:
            buffers[f"film/weight/{index}"] = _half(at.weights[layer.name])[None]
        for moment in MOMENTS:
            if (moment, layer.name) in at.moments:
                buffers[f"film/{moment}/{index}"] = at.moments[moment, layer.name][None].astype(np.float32)
        if layer.name in at.maps:
            maps = at.maps[layer.name]
            ranges = _largest(maps)
            spread = ranges[:, None, None, None]
            buffers[f"film/maps/{index}"] = _bytes(maps, spread)[None]
            buffers[f"film/maps-range/{index}"] = ranges[None]
    return Part({"film": {"frames": [_said(at)]}}, buffers)


def film(learned: About, frames: Sequence[Frame], history: Sequence[Point], looks: Sequence[Point] = ()) -> Part:
    """All of a training, small: for a file."""
    answers = [_half(at.answers) for at in frames if at.answers is not None]
    buffers: Buffers = {"film/answers": np.stack(answers)} if len(answers) == len(frames) else {}
    coded: dict[str, float] = {}
    for index, layer in enumerate(learned.layers):
        name = f"film/weight/{index}"
        buffers[name], coded[name] = changes(np.stack([at.weights[layer.name] for at in frames]), FINE)
        for moment in MOMENTS:
            if all((moment, layer.name) in at.moments for at in frames):
                held = np.stack([at.moments[moment, layer.name] for at in frames])
                buffers[f"film/{moment}/{index}"] = held.astype(np.float32)
        if all(layer.name in at.maps for at in frames):
            maps = np.stack([at.maps[layer.name] for at in frames])
            ranges = _largest(maps.swapaxes(0, 1))
            name = f"film/maps/{index}"
            buffers[name] = _stepwise(_bytes(maps, ranges[None, :, None, None, None]))
            coded[name] = 1.0
            buffers[f"film/maps-range/{index}"] = np.broadcast_to(ranges, (len(frames), len(ranges)))
    said = {"frames": [_said(at) for at in frames], "history": points(history), "looks": points(looks), "coded": coded}
    whole = about(learned)
    return Part({"film": whole.fields["film"] | said}, whole.buffers | buffers)


def points(history: Sequence[Point]) -> list[list[float | None]]:
    """As JSON can hold it, which knows no NaN."""
    return [[step, _plain(loss), _plain(accuracy)] for step, loss, accuracy in history]


def changes(values: Numbers, levels: int) -> tuple[Numbers, float]:
    """Values [n, …] as uint16: each in whole steps of one size, as its change since the frame before, in zigzag.

    Returns:
        The changes, and the size of a step: the largest of all the values is `levels` of them.
    """
    values = _finite(values)
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    whole = np.rint(values / largest * levels).astype(np.int16)
    moved = np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1]))
    return ((moved << 1) ^ (moved >> 15)).view(np.uint16), largest / levels


def _stepwise(whole: Numbers) -> Numbers:
    """Bytes [n, …] as their changes since the frame before, which may go round, in zigzag."""
    moved = np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1])).view(np.int8)
    return ((moved << 1) ^ (moved >> 7)).view(np.uint8)


def _bytes(maps: Numbers, spread: Numbers) -> Numbers:
    return np.rint(128 + _finite(maps) / np.where(spread > 0, spread, 1) * COARSE).clip(0, 255).astype(np.uint8)


def _largest(maps: Numbers) -> Numbers:
    """The largest distance from zero for each of the first size."""
    found: Numbers = np.abs(_finite(maps)).reshape(len(maps), -1).max(1, initial=0.0).astype(np.float32)
    return found


def _finite(values: Numbers) -> Numbers:
    return np.nan_to_num(np.asarray(values, np.float32), nan=0.0, posinf=HALF, neginf=-HALF)


def _half(values: Numbers) -> Numbers:
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(np.float16)


def _said(at: Frame) -> dict[str, Any]:
    return {"step": at.step, "rate": at.rate, "loss": _plain(at.loss), "accuracy": _plain(at.accuracy)}


def _plain(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
