"""Which dimension is which behind an operation: one rule for a family of operations, which the kinds name.

Only what the network is given is read by habit; every later tensor is what the operations made of it.
"""

import math
from collections.abc import Sequence

from fivebyfive.explain.axes import (
    Dimension,
    Done,
    beside,
    extent,
    known,
    letters_in,
    regrouped,
    resized,
    sliced,
    unknown,
)
from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.step import Axes, Step


def named(letters: str, shape: Sequence[int]) -> Axes:
    return tuple(((letter, 1, n),) for letter, n in zip(letters, shape, strict=True))


def same(done: Done) -> Axes | None:
    """Each value from those at its own place: of several operands, each dimension from the one that knows it."""
    if len(done.origins) == 1 and done.origins[0].output_shape == done.shape:
        return known(done.origins[0])
    ranked = sorted(map(known, done.origins), key=lambda axes: -math.prod(map(extent, axes)))
    fitting = [axes for axes in ranked if len(axes) <= len(done.shape)]
    result: list[Dimension] = []
    for place, n in enumerate(done.shape):
        from_end = len(done.shape) - place
        there = [axes[-from_end] for axes in fitting if len(axes) >= from_end and extent(axes[-from_end]) == n]
        if not there and n != 1:
            return None
        result.append(min(there, key=vagueness) if there else ())
    return tuple(result)


def vagueness(dimension: Dimension) -> int:
    letters = {letter for letter, _, _ in dimension}
    return 2 if not letters or "?" in letters else 1 if letters == {"L"} else 0


def sized(done: Done) -> Axes | None:
    """Dimensions that keep their order and may have more or fewer places; new ones stand in front."""
    new = len(done.shape) - len(done.before)
    result: Axes = (*((),) * new, *done.before)
    for place, n in enumerate(done.shape):
        result = resized(result, place, n)
    return result


def reshaped(done: Done) -> Axes | None:
    return regrouped(done.before, done.shape)


def squeezed(done: Done) -> Axes:
    named = done.values.get("dim")
    dims = range(len(done.before)) if named is None else named if isinstance(named, Sequence) else (named,)
    gone = {d % len(done.before) for d in dims}
    return tuple(d for place, d in enumerate(done.before) if not (place in gone and extent(d) == 1))


def unsqueezed(done: Done) -> Axes:
    place = int(done.values["dim"]) % len(done.shape)
    return (*done.before[:place], (), *done.before[place:])


def permuted(done: Done) -> Axes:
    return tuple(done.before[d] for d in done.found["dims"])


def swapped(done: Done) -> Axes:
    a, b = (done.values["dim0"], done.values["dim1"]) if done.op == "transpose" else (-2, -1)
    order = list(done.before)
    order[a], order[b] = order[b], order[a]
    return tuple(order)


def moved(done: Done) -> Axes:
    rank = len(done.before)
    sources, targets = ([d % rank for d in (dims if isinstance(dims, Sequence) else (dims,))]
                        for dims in (done.values["source"], done.values["destination"]))  # fmt: skip
    others = iter([d for d in range(rank) if d not in sources])
    placed = dict(zip(targets, sources, strict=True))
    return tuple(done.before[placed[d] if d in placed else next(others)] for d in range(rank))


def without(done: Done) -> Axes:
    return done.before[: done.dim()] + done.before[done.dim() + 1 :]


def narrowed(done: Done) -> Axes:
    start = int(done.values["start"])
    return sliced(done.before, done.dim(), start % extent(done.before[done.dim()]), done.shape[done.dim()])


def divided(done: Done) -> Axes:
    """One of the pieces that a dimension is cut into."""
    place, part = done.dim(), int(done.found.get("part", 0))
    n = extent(done.before[place])
    asked = done.values.get("split_size")
    if isinstance(asked, Sequence):
        cuts = [0, *asked] if done.op == "tensor_split" else [sum(asked[:i]) for i in range(len(asked))]
        start = cuts[part]
    elif done.op == "split":
        start = part * int(asked or 0)
    else:
        parts = int(done.found.get("parts", 1))
        start = part * -(-n // parts) if done.op == "chunk" else part * (n // parts) + min(part, n % parts)
    return sliced(done.before, place, start, done.shape[place])


def indexed(done: Done) -> Axes | None:
    """Whole numbers take a dimension away, slices and lists of places keep it, None makes one."""
    index = done.values.get("index")
    parts = list(index) if isinstance(index, tuple) else [index]
    taken = sum(part is not None and part is not ... for part in parts)
    at = next((i for i, part in enumerate(parts) if part is ...), len(parts))
    parts[at : at + 1] = [slice(None)] * (len(done.before) - taken)
    axes, place = done.before, 0
    for part in parts:
        if part is None:
            axes = (*axes[:place], (), *axes[place:])
            place += 1
        elif isinstance(part, bool):
            return None
        elif isinstance(part, int):
            axes = axes[:place] + axes[place + 1 :]
        elif isinstance(part, slice):
            start, stop, step = part.indices(extent(axes[place]))
            count = len(range(start, stop, step))
            axes = sliced(axes, place, start, count) if step == 1 else resized(axes, place, count)
            place += 1
        elif len(parts) - sum(p == slice(None) for p in parts if isinstance(p, slice)) == 1 and not isinstance(
            part, Step
        ):
            axes = resized(axes, place, done.shape[place])
            place += 1
        else:
            return None
    return axes


def linear(done: Done) -> Axes:
    return mixed(done.before, len(done.before) - 1, done.shape[-1])


def mixed(before: Axes, place: int, size: int) -> Axes:
    """A dimension whose values are all weighed together: new channels, or new places where channels lie elsewhere."""
    others = before[:place] + before[place + 1 :]
    own = {letter for letter, _, _ in before[place]}
    if len(before[place]) == 1 and own != {"?"} and (own == {"C"} or "C" in letters_in(others)):
        return resized(before, place, size)
    if "C" in letters_in(others):
        line = not {"H", "W", "L", "D"} & letters_in(others)
        return (*before[:place], (("L", 1, size),) if line and own != {"?"} else unknown(size), *before[place + 1 :])
    blank = tuple(tuple(f for f in d if f[0] != "C") for d in before)  # a single channel is none beside the new ones
    return (*blank[:place], (("C", 1, size),), *blank[place + 1 :])


def product(done: Done) -> Axes | None:
    """Rows of the first, columns of the second."""
    first, second = done.values.get("input"), done.values.get("other")
    rank = len(done.shape)
    if not isinstance(second, Step) or second not in done.origins:
        return linear(done) if len(done.before) == rank else None
    right = known(second)
    if not isinstance(first, Step) or first not in done.origins:
        return mixed(right, rank - 2, done.shape[-2]) if len(right) == rank and rank > 1 else None
    left = known(first)
    if rank < 2 or min(len(left), len(right)) < 2:
        return None
    longer = left if len(left) >= len(right) else right
    batch = tuple(d if extent(d) == n else unknown(n) for d, n in zip(longer[:-2], done.shape[:-2], strict=True))
    return (*batch, left[-2], right[-1])


def attention(done: Done) -> Axes | None:
    query, value = done.values["query"], done.values["value"]
    return (*known(query)[:-1], known(value)[-1]) if isinstance(value, Step) else None


def whole_attention(done: Done) -> Axes | None:
    if done.found.get("part"):
        return tuple(map(unknown, done.shape))
    query = known(done.values["query"])
    return mixed(query, len(query) - 1, done.shape[-1])


def einsum(done: Done) -> Axes | None:
    """Each letter is the dimension that it was in an operand."""
    terms, _, result = str(done.values["input"]).replace(" ", "").partition("->")
    if "." in terms or not result:
        return None
    found: dict[str, Dimension] = {}
    for letters, operand in zip(terms.split(","), done.values["operands"], strict=True):
        if isinstance(operand, Step) and operand in done.origins:
            found = dict(zip(letters, known(operand), strict=True)) | found
    missing = [letter for letter in result if letter not in found]
    channels = len(missing) == 1 and "C" not in letters_in(tuple(found[a] for a in result if a in found))
    return tuple(
        found[letter] if letter in found else (("C", 1, n),) if channels else unknown(n)
        for letter, n in zip(result, done.shape, strict=True)
    )


def windowed(done: Done) -> Axes:
    """A convolution or a pooling: by its definition channels stand before the places that it slides along."""
    spatial = int(done.op[-2])
    before, rank = done.before, len(done.shape)
    axes, first = before, rank - spatial
    letters = {1: "L", 2: "HW", 3: "DHW"}[spatial]
    vague = all(any(f[0] in "?C" for f in d) or not d for d in before[first:])
    if vague:
        axes = (*before[:first], *named(letters, tuple(map(extent, before[first:]))))
        others = [tuple(f for f in d if f[0] not in letters) for d in before[: first - 1]]
        axes = (*(d if extent(d) == extent(b) else unknown(extent(b)) for d, b in zip(others, before, strict=False)),
                *axes[first - 1 :])  # fmt: skip
    if vague or "conv" in done.op:
        axes = (*axes[: first - 1], (("C", 1, done.shape[first - 1]),), *axes[first:])
    for place in range(first, rank):
        axes = resized(axes, place, done.shape[place])
    return axes


def reduced(done: Done) -> Axes:
    """Dimensions that are taken together are gone, or kept with one place."""
    if len(done.shape) == len(done.before):
        return sized(done) or ()
    named = done.values.get("dim")
    dims = range(len(done.before)) if named is None else named if isinstance(named, Sequence) else (named,)
    gone = {d % len(done.before) for d in dims}
    return tuple(d for place, d in enumerate(done.before) if place not in gone)


def joined(done: Done) -> Axes | None:
    """Behind each other along a dimension; beside a grid, other tokens are no part of it."""
    tensors = done.values["tensors"]
    live = [t for t in tensors if isinstance(t, Step) and t in done.origins]
    base = max(live, key=lambda step: (step.output.numel(), -min(map(vagueness, known(step)), default=0)))
    axes = known(base)
    place = int(done.values.get("dim", 0)) % len(axes)
    if len({f[0] for f in axes[place]} - {"C", "?"}) < 2:
        return resized(axes, place, done.shape[place])
    at = next(i for i, tensor in enumerate(tensors) if tensor is base)
    before = sum(shape_of(tensor)[place] for tensor in tensors[:at])
    grid = axes[place]
    if grid[0][0] == "+":
        before, grid = before + grid[0][2], grid[1:]
    behind = grid[-1][2] if grid[-1][0] == "+" else 0
    grid = grid[:-1] if behind else grid
    after = done.shape[place] - before - extent(grid)
    return (*axes[:place], beside(before, grid, after), *axes[place + 1 :])


def stacked(done: Done) -> Axes:
    before = known(done.origins[0])
    place = int(done.values.get("dim", 0)) % len(done.shape)
    channels = not any(f[0] == "C" for d in before for f in d)
    return (
        *before[:place],
        (("C", 1, done.shape[place]),) if channels else unknown(done.shape[place]),
        *before[place:],
    )


def embedded(done: Done) -> Axes:
    """A vector for each token; a list of tokens is a line of places."""
    before = tuple(tuple(("L" if f[0] == "C" else f[0], *f[1:]) for f in d) for d in done.before)
    return (*before, (("C", 1, done.shape[-1]),))


def recurrent(done: Done) -> Axes:
    """A vector for each place of a line; a state at its end for each layer."""
    if done.found.get("part"):
        return (*map(unknown, done.shape[:-1]), (("C", 1, done.shape[-1]),))
    line = tuple(tuple(("L" if f[0] == "C" else f[0], *f[1:]) for f in d) for d in done.before[:-1])
    return (*line, (("C", 1, done.shape[-1]),))


def unfolded(done: Done) -> Axes | None:
    """The values under a window are the channels of its place; a tensor's own method cuts one dimension."""
    if len(done.shape) == len(done.before) - 1:
        return (*done.before[:1], (("C", 1, done.shape[1]),), (("L", 1, done.shape[2]),))
    cut = [place for place, (d, n) in enumerate(zip(done.before, done.shape, strict=False)) if extent(d) != n]
    if len(cut) != 1:
        return None
    at, size = cut[0], done.shape[-1]
    if extent(done.before[at]) == done.shape[at] * size:
        split = regrouped((done.before[at],), (done.shape[at], size))
        return None if split is None else (*done.before[:at], split[0], *done.before[at + 1 :], split[1])
    return (*done.before[:at], unknown(done.shape[at]), *done.before[at + 1 :], unknown(size))


def folded(done: Done) -> Axes:
    return (*known(done.origins[0])[:1], *named("CHW", done.shape[1:]))


def largest(done: Done) -> Axes | None:
    """max and min: of two tensors at each place, or of all along a dimension."""
    return same(done) if "other" in done.values else reduced(done)
