"""The honest test: a patch of the picture covered, or a map switched off, and the steps after it run again.

Source: Zeiler, Fergus, Visualizing and understanding convolutional networks, section 4.2,
https://arxiv.org/abs/1311.2901
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

from fivebyfive.decision import ranking
from fivebyfive.errors import InputError
from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.step import Step
from fivebyfive.explain.why.replayed import rerun_each
from fivebyfive.explain.why.target import probabilities

if TYPE_CHECKING:
    from fivebyfive.explain.why.account import Why

MOST_PLACES = 676
"""So many places a sliding patch has at most."""
MOST_WORK = 100_000_000_000
"""So many multiply-accumulates it may cost; but a few places it has in any network."""
FEWEST_PLACES = 36
AT_ONCE = 2_000_000
"""Values of a step that are changed at once."""
Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Changed:
    """What the network answers after a change.

    Attributes:
        before: the number that is accounted for, as it was.
        after: the same, run again.
        expected: how far it would fall if the contributions were all: those of what was changed.
        logits: of every class, run again, doubles [classes].
        prediction: (label, probability) of them, most probable first; empty where there are no classes.
    """

    before: float
    after: float
    expected: float
    logits: Tensor = field(repr=False)
    prediction: tuple[tuple[str, float], ...] = field(repr=False)

    @property
    def fall(self) -> float:
        """How far the number fell; below 0 where it rose."""
        return self.before - self.after


@dataclass(frozen=True, eq=False)
class Occlusion:
    """A patch slid over the picture.

    Attributes:
        size: (rows, columns) of the patch.
        stride: how far it moves.
        rows, columns: where it begins, from the top and from the left; at the edge it may be cut.
        logits: of every class, run again, doubles [rows, columns, classes].
        probabilities: likewise; None where there are no classes.
        falls: how far the number that is accounted for fell, doubles [rows, columns].
    """

    size: tuple[int, int]
    stride: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    logits: Tensor = field(repr=False)
    probabilities: Tensor | None = field(repr=False)
    falls: Tensor = field(repr=False)
    shape: tuple[int, int] = field(repr=False)

    @property
    def picture(self) -> Tensor:
        """For each pixel how far the number fell, on average over the patches that covered it: doubles [H, W]."""
        total, times = (torch.zeros(self.shape, dtype=torch.float64) for _ in range(2))
        for i, y in enumerate(self.rows):
            for j, x in enumerate(self.columns):
                total[y : y + self.size[0], x : x + self.size[1]] += self.falls[i, j]
                times[y : y + self.size[0], x : x + self.size[1]] += 1
        return total / times.clamp_min(1)


@dataclass(frozen=True, eq=False)
class SwitchedOff:
    """The maps of a step, each switched off alone.

    Attributes:
        step: its name.
        logits: of every class, run again, doubles [maps, classes].
        probabilities: likewise; None where there are no classes.
        falls: how far the number that is accounted for fell, doubles [maps].
    """

    step: str
    logits: Tensor = field(repr=False)
    probabilities: Tensor | None = field(repr=False)
    falls: Tensor = field(repr=False)


def cover(why: "Why", y: int, x: int, size: int = 1, fill: float = 0.0) -> Changed:
    """The answer with `fill` in a square of the picture, in all its channels, from (y, x) on; at the edge it is cut.

    Raises:
        InputError: the place lies outside, or a step cannot be run again.
    """
    step = _picture(why)
    height, width = why.pixels.shape[1:]
    if not (0 <= y < height and 0 <= x < width) or size < 1:
        raise InputError(
            f"a patch of {size} at y {y}, x {x} is none in a picture of {height}×{width}: y goes from 0 to "
            f"{height - 1}, x from 0 to {width - 1}, and the size is 1 or more"
        )
    changed = _covered(step, y, x, size, fill)
    return _changed(why, step, changed, float(why.pixels[:, y : y + size, x : x + size].sum()))


def without(why: "Why", step: str | int, channel: int) -> Changed:
    """The answer with one map of a step set to 0 everywhere.

    Raises:
        InputError: there is no such step or map, or a step cannot be run again.
    """
    found = why.trace[step]
    why.gradient(found)
    found.check_position(0, 0, channel)
    changed = _without_map(found, channel)
    return _changed(why, found, changed, float(why.of(found.index)[channel].sum()))


def switched_off(why: "Why", step: str | int) -> SwitchedOff:
    """The answer with each map of a step set to 0 everywhere, alone.

    Raises:
        InputError: there is no such step, or a step cannot be run again.
    """
    found = why.trace[step]
    why.gradient(found)
    parts = _parts(range(found.size[2]), found.output.numel())
    logits = torch.cat([
        _logits(why, found, torch.stack([_without_map(found, channel) for channel in part])) for part in parts
    ])  # fmt: skip
    return SwitchedOff(found.name, *_told(why, logits))


def occlusion(why: "Why", size: int | None = None, stride: int | None = None) -> Occlusion:
    """A square of zeros slid over the picture, in all its channels: at every place the network's answer.

    Args:
        size: of the square; by default a sixth of the picture's shorter side.
        stride: how far it moves; by default so far that it takes no more than some seconds.

    Raises:
        InputError: the size or the stride is none, or a step cannot be run again.
    """
    step = _picture(why)
    height, width = why.pixels.shape[1:]
    size = max(1, round(min(height, width) / 6)) if size is None else size
    if not 1 <= size <= max(height, width):
        raise InputError(
            f"a patch of {size} is none in a picture of {height}×{width}; give from 1 to {max(height, width)}"
        )
    stride = _usual_stride(why, size) if stride is None else stride
    if stride < 1:
        raise InputError(f"a patch that moves by {stride} stays where it is; give a stride of 1 or more")
    rows, columns = _starts(height, size, stride), _starts(width, size, stride)
    places = [(y, x) for y in rows for x in columns]
    logits = torch.cat([
        _logits(why, step, torch.stack([_covered(step, y, x, size, 0.0) for y, x in part]))
        for part in _parts(places, step.output.numel())
    ])  # fmt: skip
    told, said, falls = _told(why, logits)
    shape = (len(rows), len(columns), -1)
    return Occlusion(
        (size, size), stride, rows, columns, told.reshape(shape), None if said is None else said.reshape(shape),
        falls.reshape(shape[:2]), (height, width),
    )  # fmt: skip


def numbers(why: "Why", logits: Tensor) -> Tensor:
    """The number that is accounted for, of each of many logits [n, …]: doubles [n]."""
    direction = why.target.direction(*why.places)
    return (logits.detach().double().reshape(len(logits), -1) * direction.reshape(-1)).sum(1)


def _told(why: "Why", logits: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
    """Of many answers the numbers of all classes, [n, classes], their probabilities, and how far the number fell."""
    said = probabilities(why.trace, _outputs(why, logits)) if why.trace.prediction else None
    return logits.detach().double().reshape(len(logits), -1), said, why.value - numbers(why, logits)


def _changed(why: "Why", step: Step, changed: Tensor, expected: float) -> Changed:
    logits = _logits(why, step, changed[None])
    prediction: list[tuple[str, float]] = []
    if why.trace.prediction:
        said = probabilities(why.trace, _outputs(why, logits))[0].tolist()
        prediction = [(why.trace.classes[i], said[i]) for i in ranking(said, why.trace.classes)]
    after = float(numbers(why, logits)[0])
    return Changed(why.value, after, expected, logits.detach().double().reshape(-1), tuple(prediction))


def _logits(why: "Why", start: Step, changed: Tensor) -> Tensor:
    """The numbers of all classes, were the output of `start` each of `changed`: [n, … of the target]."""
    return rerun_each(why.trace.steps, start, changed, why.target.step)


def _outputs(why: "Why", logits: Tensor) -> Tensor:
    """What the network returns with these logits."""
    return rerun_each(why.trace.steps, why.target.step, logits, why.target.output)


def _picture(why: "Why") -> Step:
    """The input that the pixels are of."""
    for step in why.trace.steps:
        if step.kind == "input" and step.index in why.swept.gradients:
            return step
    raise InputError(f"{why.said} hangs on no input that is a picture, so nothing can be covered")


def _covered(step: Step, y: int, x: int, size: int, fill: float) -> Tensor:
    found = step.output.clone(memory_format=torch.contiguous_format)
    picture = step.attributes.get("picture")
    maps = as_maps(found, step.layout) if picture is None else found.view(picture).permute(2, 0, 1)
    maps[:, y : y + size, x : x + size] = fill
    return found


def _without_map(step: Step, channel: int) -> Tensor:
    found = step.output.clone(memory_format=torch.contiguous_format)
    as_maps(found, step.layout)[channel] = 0
    return found


def _usual_stride(why: "Why", size: int) -> int:
    """As small as the bounds allow."""
    height, width = why.pixels.shape[1:]
    most = max(FEWEST_PLACES, min(MOST_PLACES, MOST_WORK // max(1, why.trace.macs)))
    stride = 1
    while len(_starts(height, size, stride)) * len(_starts(width, size, stride)) > most:
        stride += 1
    return stride


def _starts(length: int, size: int, stride: int) -> tuple[int, ...]:
    """Where a patch begins, so that it reaches the end; the last one may be cut there."""
    return tuple(range(0, max(1, length - size + stride), stride))


def _parts(items: Sequence[Part], each: int) -> Iterator[Sequence[Part]]:
    """So many at a time that not too many values are held."""
    count = max(1, AT_ONCE // max(1, each))
    for first in range(0, len(items), count):
        yield items[first : first + count]
