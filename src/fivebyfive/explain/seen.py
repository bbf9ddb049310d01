"""Which part of the image each output value depends on, and which later values one value reaches.

All of it is one pass forward: every step's spans follow from those of what it took, by the rule of its operation, and
are kept with the step. The image's own values start it, for what values depend on; any other step's, for what they
reach.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.fields.spans import Span, aligned, along
from fivebyfive.explain.kind import FieldRule, rule_of
from fivebyfive.explain.kinds import home
from fivebyfive.explain.layout import Position, as_maps, index_of
from fivebyfive.explain.step import ReceptiveField, Step, Window

Spans = tuple[Span, ...]
"""One for each direction; none where no value depends on the start at all."""


@dataclass(frozen=True)
class Seen:
    """What a step's values depend on: (rows, columns) of an image of this (height, width).

    There are no spans where no value depends on a picture at all.
    """

    spans: Spans
    image: tuple[int, int]


_NOTHING = Seen((), (0, 0))
_KEPT: "WeakKeyDictionary[Step, Seen | None]" = WeakKeyDictionary()
"""What has been found so far; None is what is not known."""


def seen(step: Step) -> Seen | None:
    """What the step's values depend on; None where that is not known, or where there is no picture."""
    todo = [step]
    missing: dict[int, Step] = {}
    while todo:
        one = todo.pop()
        if one not in _KEPT and one.index not in missing:
            missing[one.index] = one
            todo += one.origins
    for index in sorted(missing):
        _KEPT[missing[index]] = _seen(missing[index])
    found = _KEPT[step]
    return found if found is not None and found.spans else None


def _seen(step: Step) -> Seen | None:
    if step.kind == "input":
        return _pixels(step)
    known = {origin: found for origin in step.origins if (found := _KEPT[origin]) is not None}
    if len(known) < len(step.origins):
        return None
    pictured = {origin: found for origin, found in known.items() if found.spans}
    spans = _spread(step, {origin: found.spans for origin, found in pictured.items()})
    if not spans:
        return None if spans is None else _NOTHING
    return Seen(spans, next(found.image for found in pictured.values()))


def _spread(step: Step, before: Mapping[Step, Spans]) -> Spans | None:
    """The step's spans from its origins'; () where those depend on nothing, None where the operation is not known."""
    if not before:
        return ()
    rule = _rule(step)
    if rule is None or not step.output.numel():
        return None
    found = []
    for axis in range(len(next(iter(before.values())))):
        try:
            span = rule(step, {origin: spans[axis] for origin, spans in before.items()})
        except (KeyError, IndexError, TypeError, AttributeError, ValueError, RuntimeError, AssertionError):
            return None  # called in a way that the rules do not know
        if not _fits(span.first, step.output_shape) or not _fits(span.last, step.output_shape):
            return None
        found.append(aligned(span))
    return tuple(found)


def _rule(step: Step) -> FieldRule | None:
    """The rule of the step's kind; None where nothing is known of it, or of how it was called."""
    if step.op == "overwritten" or (step.op in ("max", "min") and "other" in step.call.values):
        return mixing.same
    kind = home(step.op)
    called = bool(step.call.values or step.kind == "output")
    return rule_of(kind.field, step.op) if kind is not None and called else None


def _fits(values: Tensor, shape: Sequence[int]) -> bool:
    same_rank = values.dim() == len(shape)
    return same_rank and all(n in (1, whole) for n, whole in zip(values.shape, shape, strict=True))


def is_tokens(step: Step) -> bool:
    """Whether it is an input of whole numbers, which name the rows of a table: a line, one behind the other."""
    return step.kind == "input" and step.layout == "flat" and not step.output.is_floating_point()


# --- where a pass starts --------------------------------------------------------------------------------------------


def _pixels(step: Step) -> Seen:
    """The image's own values."""
    picture = step.attributes.get("picture")
    if is_tokens(step):
        rank, count = len(step.output_shape), step.output_shape[-1]
        return Seen((_own(torch.zeros((1,) * rank, dtype=torch.int32)), along(count, -1, rank)), (1, count))
    if picture is None and step.layout in ("flat", "", "C"):
        return _NOTHING  # a list of numbers is no picture
    rows, columns, _ = places(step)
    height, width = picture[:2] if picture is not None else step.size[:2]
    return Seen((rows, columns), (height, width))


def places(step: Step) -> Spans:
    """Row, column and channel of each of the step's own values."""
    rank, shape = len(step.output_shape), step.output_shape
    picture = step.attributes.get("picture")
    if picture is not None:  # the flat list of a picture's values: height, width, channels
        numbers = torch.arange(shape[-1], dtype=torch.int32).reshape((1,) * (rank - 1) + (-1,))
        row = picture[1] * picture[2]
        return tuple(_own(n) for n in (numbers // row, numbers // picture[2] % picture[1], numbers % picture[2]))
    if step.layout == "other":
        numbers = torch.arange(step.size[2], dtype=torch.int32).reshape(*shape[:-2], 1, 1)
        return along(shape[-2], -2, rank), along(shape[-1], -1, rank), _own(numbers)
    letters = ("NC" if step.layout == "flat" else step.layout).replace("L", "W")
    none = torch.zeros((1,) * rank, dtype=torch.int32)
    found = []
    for letter in "HWC":
        dim = letters.find(letter)
        found.append(_own(none) if dim < 0 else along(shape[dim], dim - rank, rank))
    return tuple(found)


def _own(numbers: Tensor) -> Span:
    return Span(numbers, numbers)


# --- what values depend on ------------------------------------------------------------------------------------------


def window(step: Step, position: Position, *, clipped: bool = True) -> Window | None:
    """The part of the image that the value at `position` depends on; see `Step.window`.

    On feature maps that is the window of a pixel, all its channels together; in a list it is each value's own.
    """
    found = seen(step)
    if found is None or not step.output.numel():
        return None
    index = index_of(position, step.output_shape, step.layout)
    ends = [_ends(span, index, _channels(step, found)) for span in found.spans]
    if any(low > high for low, high in ends):
        return Window(0, 0, 0, 0)  # padding: no part of the image
    if not clipped:
        ends = [_unclipped(span, index) or cut for span, cut in zip(found.spans, ends, strict=True)]
    (top, bottom), (left, right) = ends
    return Window(top, bottom + 1, left, right + 1)


def ends(step: Step) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]] | None:
    """First and last row, first and last column of the image that each value depends on; see `window`.

    Returns:
        Tensors that are repeated to the output's shape; where the last is less than the first, a value depends on
        nothing. None where it is not known.
    """
    found = seen(step)
    if found is None or not step.output.numel():
        return None
    channels = _channels(step, found)
    rows, columns = ((_all(span.first, channels, least=True), _all(span.last, channels)) for span in found.spans)
    return rows, columns


def _all(values: Tensor, dims: Collection[int], *, least: bool = False) -> Tensor:
    if not dims:
        return values
    return values.amin(list(dims), keepdim=True) if least else values.amax(list(dims), keepdim=True)


def _channels(step: Step, found: Seen) -> list[int]:
    """The dimensions of a map's channels; none where places do not move evenly, as in a list."""
    rank = len(step.output_shape)
    if step.layout == "flat" or any(span.line is None for span in found.spans):
        return []
    if step.layout == "other":
        return list(range(rank - 2))
    return [d for d, letter in enumerate(step.layout) if letter == "C"] if set(step.layout) & set("HWL") else []


def _ends(span: Span, index: Sequence[int], channels: Collection[int]) -> tuple[int, int]:
    """First and last place for the value at `index`, or for all values that differ in their channel alone."""

    def at(values: Tensor) -> Tensor:
        places = [min(i, n - 1) for i, n in zip(index, values.shape, strict=True)]
        return values[tuple(slice(None) if d in channels else place for d, place in enumerate(places))]

    return int(at(span.first).min()), int(at(span.last).max())


def _unclipped(span: Span, index: Sequence[int]) -> tuple[int, int] | None:
    if span.line is None:
        return None
    low, high = span.line.at(span.line.place(index))
    return (low, high) if low <= high else None


def receptive_field(step: Step) -> ReceptiveField | None:
    """How much of the image one value of `step` depends on; see `ReceptiveField`."""
    found = seen(step)
    if found is None or not step.output.numel():
        return None
    ways = list(zip(found.spans, found.image, strict=True))
    if all(_is_whole(span, n) for span, n in ways):
        return ReceptiveField(*found.image, (0.0, 0.0), True)
    (down, y), (right, x) = (_extent(span, n) for span, n in ways)
    return ReceptiveField(down, right, (y, x), False)


def _is_whole(span: Span, n: int) -> bool:
    return int(span.first.max()) == 0 and int(span.last.min()) == n - 1


def _extent(span: Span, n: int) -> tuple[int, float]:
    """How many places the values depend on, most of all, and how far they move for the next value."""
    line = span.line
    if line is not None and line.dim is not None:
        return line.size, 0.0 if line.count else line.jump
    most = int((span.last - span.first + 1).max())
    return max(0, most if line is None else min(line.size, n)), 0.0


# --- what a value reaches -------------------------------------------------------------------------------------------


def influence(steps: Iterable[Step], step: Step, y: int, x: int, channel: int) -> dict[int, Window | None]:
    """Of every later step that depends on the value at (y, x, channel) of `step`: the part of its maps that does.

    Args:
        steps: the trace's steps, in order.
        step: one of them.

    Returns:
        The windows by the steps' indices; None where an operation in between is not known.
    """
    reached: dict[Step, Spans | None] = {step: places(step)}
    found: dict[int, Window | None] = {}
    for later in steps:
        if later.index <= step.index:
            continue
        before = {origin: reached[origin] for origin in later.origins if origin in reached}
        if not before:
            continue
        known = {origin: spans for origin, spans in before.items() if spans is not None}
        reached[later] = _spread(later, known) if len(known) == len(before) else None
        spans = reached[later]
        if spans is None:
            found[later.index] = None
        elif (part := _touched(later, spans, (y, x, channel))) is not None:
            found[later.index] = part
        else:
            del reached[later]
    return found


def _touched(step: Step, spans: Spans, position: Position) -> Window | None:
    """The rows and columns of the step's maps where a value depends on `position` of the start."""
    touched = torch.ones((1,) * len(step.output_shape), dtype=torch.bool)
    for span, place in zip(spans, position, strict=True):
        touched = touched & (span.first <= place) & (span.last >= place)
    maps = as_maps(touched.expand(step.output_shape), step.layout).any(0)
    rows, columns = (maps.any(dim).nonzero().flatten().tolist() for dim in (1, 0))
    return Window(rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) if rows else None
