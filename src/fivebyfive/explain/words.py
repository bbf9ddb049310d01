"""A step in plain words: a few short sentences, each with the step's own numbers.

What its kind does is said there (`kinds/`), as the answer to what a reader of the code asks: why -1, what SAME does to
the edge, why strides have four numbers, how O comes from I and W. Here follows what every step can say: what it costs,
and how much of the image it sees.
"""

from collections.abc import Iterator

from fivebyfive.explain.kind import no_words
from fivebyfive.explain.kinds import home
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.seen import receptive_field
from fivebyfive.explain.step import ReceptiveField, Step


def words(step: Step) -> list[str]:
    """What `step` does, why its output has the size that it has, and what it costs."""
    kind = home(step.op)
    known = kind is not None and bool(step.call.values or step.kind in ("input", "output"))
    say = kind.words if kind is not None and known else no_words
    return [*say(step), *_cost(step)]


def _cost(step: Step) -> Iterator[str]:
    if step.parameters:
        macs = f" and costs {counted(step.macs, 'multiply-accumulate')} for one image" if step.macs else ""
        yield f"It learns {counted(step.parameters, 'parameter')}{macs}."
    elif step.macs and step.weight is not None:
        macs = counted(step.macs, "multiply-accumulate")
        yield f"It uses parameters again that are counted before, and costs {macs}."
    elif step.macs:
        yield f"It costs {counted(step.macs, 'multiply-accumulate')} for one image."
    if step.macs is None:
        yield "What it costs is not counted."
    seen = None if step.kind in ("input", "output") else receptive_field(step)
    if seen is not None and seen.whole:
        yield "Each of its values depends on the whole image."
    elif seen is not None:
        yield f"Each of its values depends on {_pixels(step, seen)} of the image."


def _pixels(step: Step, seen: ReceptiveField) -> str:
    """How many pixels a receptive field holds; one that reaches into the padding, no more than the image has."""
    while step.kind != "input":
        step = min(step.origins, key=lambda origin: origin.index)
    picture = step.attributes.get("picture", step.size)
    height, width = min(seen.height, picture[0]), min(seen.width, picture[1])
    return "one pixel" if height == width == 1 else f"{height}×{width} pixels"
