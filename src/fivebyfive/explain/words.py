"""A step in plain words: a few short sentences, each with the step's own numbers.

What its kind does is said there (`kinds/`), as the answer to what a reader of the code asks: why -1, what SAME does to
the edge, why strides have four numbers, how O comes from I and W. Here follows what every step can say: what it costs,
and how much of the image it sees.
"""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from fivebyfive.explain.kind import no_words
from fivebyfive.explain.kinds import home
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.seen import is_tokens, receptive_field, seen
from fivebyfive.explain.step import ReceptiveField, Step


def words(step: Step) -> list[str]:
    """What `step` does, why its output has the size that it has, and what it costs."""
    kind = home(step.op)
    known = kind is not None and bool(step.call.values or step.kind in ("input", "output"))
    say = kind.words if kind is not None and known else no_words
    return [*say(step), *_cost(step)]


def _cost(step: Step) -> Iterator[str]:
    costs = f"costs {counted(step.macs, 'multiply-accumulate')} for one image{_each(step)}." if step.macs else ""
    if step.parameters:
        yield f"It learns {counted(step.parameters, 'parameter')}{f' and {costs}' if costs else '.'}"
    elif costs and step.weight is not None:
        yield f"It uses parameters again that are counted before, and {costs}"
    elif costs:
        yield f"It {costs}"
    if step.macs is None:
        yield "What it costs is not counted."
    field = None if step.kind in ("input", "output") else receptive_field(step)
    if field is not None and field.whole:
        yield f"Each of its values depends on the whole {_given(step)[0]}."
    elif field is not None:
        yield f"Each of its values depends on {_parts(step, field)} of the {_given(step)[0]}."


def _each(step: Step) -> str:
    """How many multiply-accumulates go into one value, where they are as many for each."""
    values = step.output.numel()
    each, left = divmod(step.macs or 0, max(values, 1))
    if left or values < 2:
        return ""
    bias = ", its bias counted as one" if step.bias is not None and step.kind in _ADDING else ""
    return f": {'one' if each == 1 else f'{each:,}'} for each of its {values:,} values{bias}"


_ADDING = ("convolution", "fully connected")
"""The kinds whose bias is counted with their products."""
_GIVEN: "WeakKeyDictionary[Step, tuple[str, str]]" = WeakKeyDictionary()
"""What has been found so far: a step of a long row must not go all the way back again."""


def _given(step: Step) -> tuple[str, str]:
    """What the network was given, and what that consists of."""
    way = []
    while step not in _GIVEN and step.kind != "input":
        way.append(step)
        step = next(origin for origin in step.origins if seen(origin) is not None)
    found = _GIVEN.get(step) or _input(step)
    _GIVEN.update(dict.fromkeys(way, found))
    return found


def _input(step: Step) -> tuple[str, str]:
    if is_tokens(step):
        return "text", "token"
    return ("signal", "value") if step.layout in ("NCL", "NLC") else ("image", "pixel")


def _parts(step: Step, field: ReceptiveField) -> str:
    """How many pixels a receptive field holds; one that reaches into the padding, no more than the image has."""
    found = seen(step)
    assert found is not None
    height, width = min(field.height, found.image[0]), min(field.width, found.image[1])
    _, part = _given(step)
    if part != "pixel":
        return counted(width, part)
    return "one pixel" if height == width == 1 else f"{height}×{width} pixels"
