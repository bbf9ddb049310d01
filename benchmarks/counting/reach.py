"""Receptive fields held against gradients: a sample of the steps of each network.

Of a value's gradient with respect to the picture, every pixel that is not zero must lie inside the step's window; and
the window must be at most twice as high and as wide as the box around those pixels. A gradient says what a value could
depend on only where nothing is cut off by chance: a ReLU that is dead, a maximum that another value wins. So the box is
around what is reached in any of `PICTURES` random pictures and from any channel with the same window. What is below
`ROUNDING` of the largest gradient counts for the box, but is no proof that a pixel outside is reached: it may be what
rounding leaves where terms cancel. Without a gradient at all (integers, dead everywhere) nothing is judged.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from counting.findings import Findings
from counting.population import Member
from fivebyfive.explain import Step, Trace, Window

PICTURES = 3
SAMPLE = 14
CHANNELS = 16
ROUNDING = 1e-6
LARGEST = 2

Place = tuple[int, int, int]


@dataclass
class _Reach:
    """What one value depends on by its gradients: a mask of the picture's rows and columns, the largest in each."""

    step: Step
    result: int
    place: Place
    window: Window
    channels: list[int]
    mask: Tensor


class _Results(TorchFunctionMode):
    """Every tensor that any call gives, as it was then, in order; only those of `wanted` where that is given."""

    def __init__(self, wanted: set[int] | None = None) -> None:
        super().__init__()
        self.wanted = wanted
        self.kept: dict[int, Tensor] = {}
        self.count = 0

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = function(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, (tuple, list)) else [made]:
            if isinstance(tensor, Tensor):
                if tensor.requires_grad and (self.wanted is None or self.count in self.wanted):
                    self.kept[self.count] = tensor.clone()
                self.count += 1
        return made


def check(member: Member, trace: Trace, found: Findings) -> int:
    """Note every field that is too small or too large; how many places were judged."""
    picture = member.picture
    if picture is None:
        return 0
    reaches = _sample(member, trace, picture)
    wanted = {reach.result for reach in reaches}
    for turn in range(PICTURES):
        torch.manual_seed(turn)
        given = picture if turn == 0 else torch.rand_like(picture)
        leaf, results = _forward(member, given, wanted)
        for reach in reaches:
            if reach.result in results:
                _add(reach, trace.steps[0], leaf, results[reach.result])
    judged = [reach for reach in reaches if bool(reach.mask.any())]
    wrong = {(fault, reach.step): said for reach in reversed(judged) for fault, said in _faults(reach)}
    for (fault, step), said in wrong.items():
        found.note(fault, step, said)
    return len(judged)


def _sample(member: Member, trace: Trace, picture: Tensor) -> list[_Reach]:
    """One step of every operation, or of as many as `SAMPLE` allows, at its middle and at a corner."""
    _, results = _forward(member, picture, None)
    rng = random.Random(0)
    steps = [s for s in trace.steps if s.output.is_floating_point() and s.output.numel() and s.kind != "input"]
    rng.shuffle(steps)
    first = list({step.op: step for step in steps}.values())
    chosen = [*first, *(step for step in steps if step not in first)]
    reaches: list[_Reach] = []
    for step in chosen:
        if len(reaches) >= 2 * SAMPLE:
            break
        same = (i for i, t in results.items() if t.shape == step.output.shape and torch.equal(t, step.output))
        result = next(same, None)
        if result is not None:
            reaches += _places(step, result, trace.steps[0])
    return reaches


def _places(step: Step, result: int, image: Step) -> list[_Reach]:
    height, width, channels = step.size
    made = []
    for y, x in dict.fromkeys([(height // 2, width // 2), (0, width - 1)]):
        channel = int(step.maps[:, y, x].abs().argmax())
        window = step.window(y, x, channel)
        if window is not None:
            others = range(0, channels, max(1, channels // CHANNELS))
            alike = [c for c in dict.fromkeys([channel, *others]) if step.window(y, x, c) == window]
            made.append(_Reach(step, result, (y, x, channel), window, alike, torch.zeros(image.size[:2])))
    return made


def _forward(member: Member, picture: Tensor, wanted: set[int] | None) -> tuple[Tensor, dict[int, Tensor]]:
    """The picture as a leaf, and the results of one forward that can be differentiated."""
    leaf = picture.clone().requires_grad_()
    torch.manual_seed(1)
    given = member.with_picture(leaf.clone())  # a leaf may not be overwritten, and some networks do that
    with _Results(wanted) as results:
        member.network(**given) if isinstance(given, dict) else member.network(given)
    return leaf, results.kept


def _add(reach: _Reach, image: Step, leaf: Tensor, result: Tensor) -> None:
    """The gradient of a random combination of the place's channels, as large in each pixel as in any picture."""
    direction = torch.zeros_like(result)
    y, x, _ = reach.place
    maps = replace(reach.step, output=direction).maps
    maps[reach.channels, y, x] = torch.rand(len(reach.channels)) + 0.5
    (gradient,) = torch.autograd.grad(result, leaf, direction, retain_graph=True, allow_unused=True)
    if gradient is not None:
        sizes = replace(image, output=gradient.abs()).maps.amax(0)
        largest = float(sizes.max())
        if 0 < largest < float("inf"):
            reach.mask = torch.maximum(reach.mask, sizes / largest)


def _faults(reach: _Reach) -> Iterator[tuple[str, str]]:
    """What is wrong of one field, in words."""
    window = reach.window
    where = f"{reach.place}: window {_text(window)}, the gradient reaches"
    sure, box = _box(reach.mask > ROUNDING), _box(reach.mask > 0)
    if sure.y0 < window.y0 or sure.y1 > window.y1 or sure.x0 < window.x0 or sure.x1 > window.x1:
        yield "field too small", f"{where} {_text(sure)}"
    if window.y1 - window.y0 > LARGEST * (box.y1 - box.y0) or window.x1 - window.x0 > LARGEST * (box.x1 - box.x0):
        yield "field too large", f"{where} {_text(box)}"


def _box(mask: Tensor) -> Window:
    rows, columns = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
    return Window(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def _text(window: Window) -> str:
    return f"y {window.y0}–{window.y1 - 1}, x {window.x0}–{window.x1 - 1}"
