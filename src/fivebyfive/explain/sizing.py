"""A picture's size is looked for by trying: the forward is run at one size after another until it fits."""

import re
from collections.abc import Sequence

from torch import nn

from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import image as images
from fivebyfive.explain import tensors
from fivebyfive.explain.capture import Captured, capture
from fivebyfive.explain.layout import Size, size_text
from fivebyfive.explain.objective import Objective
from fivebyfive.pictures.decoding import Picture


def first_that_runs(
    network: nn.Module, candidates: list[images.Prepared], objective: Objective | None = None
) -> tuple[images.Prepared, Captured]:
    failures: list[Failure] = []
    for prepared in candidates:
        try:
            return prepared, capture(network, prepared.given, objective)
        except Failure as failure:
            failures.append(failure)
    raise failures[0]


def search(
    network: nn.Module, photo: Picture, shape: Size | None, way: images.Way, objective: Objective | None = None
) -> tuple[images.Prepared, Captured]:
    """The picture at the first size at which the forward runs; where each fails at a list's length, the one of it.

    A size at which one picture becomes several (a ``view`` that is meant for another) is the last to be taken.
    """
    tried = images.sizes(network, shape, photo.pixels)
    if way.raw:  # it is taken as it is: only its own size can be meant
        tried = [size for size in tried if size[:2] == (photo.height, photo.width)] or tried
    said = shape or images.said_size(network)
    failures: dict[Size, Failure] = {}
    several: tuple[images.Prepared, Captured] | None = None
    for size in tried:
        try:
            prepared = images.from_picture(photo, size, network, way)
        except InputError:
            if len(tried) == 1 or size != said:
                raise
            continue  # what the network says is no picture's size
        try:
            captured = capture(network, prepared.given, objective)
            if size == said or _is_one(captured):
                return prepared, captured
            several = several or (prepared, captured)
        except Failure as failure:
            failures[size] = failure
    if several is not None:
        return several
    first = tensors.first_layer(network)
    if first is not None and not isinstance(first, (nn.Conv2d, nn.Linear)):
        raise InputError(f"{type(network).__name__} takes no pictures: its first layer is {first}; give a tensor")
    tried, reasons = list(failures), list(failures.values())
    found = _size_of_list(network, photo, tried, reasons, way, objective)
    if found is not None:
        return found
    if len(tried) == 1 or len({_reason(failure) for failure in reasons}) == 1:
        raise reasons[0]
    sizes = ", ".join(size_text(size) for size in tried[:8]) + (" …" if len(tried) > 8 else "")
    raise InputError(
        f"the image cannot be brought to a size that {type(network).__name__} takes (tried {sizes}); give the network "
        f"attributes height, width and channels, or give a tensor; at {size_text(tried[0])}, {reasons[0]}"
    )


def _size_of_list(
    network: nn.Module,
    photo: Picture,
    tried: Sequence[Size],
    failures: Sequence[Failure],
    way: images.Way,
    objective: Objective | None,
) -> tuple[images.Prepared, Captured] | None:
    """Halve the distance to the square whose maps, as a list, have the length that a fully connected layer takes."""
    if len(tried) == 1 or not any(map(_lengths, failures)):
        return None
    low, high = 1, images.OWN_SIZE
    while low <= high:
        side = (low + high) // 2
        prepared = images.from_picture(photo, (side, side, tried[0][2]), network, way)
        try:
            return prepared, capture(network, prepared.given, objective)
        except Failure as failure:
            got, wanted = _lengths(failure) or (0, 1)  # another failure: the picture is smaller than a window
        low, high = (side + 1, high) if got < wanted else (low, side - 1)
    return None


def _is_one(captured: Captured) -> bool:
    """Whether the network's answer is about one picture."""
    first = next(iter(captured.outputs), None)
    return first is None or first.dim() == 0 or first.shape[0] == 1


def _lengths(failure: Failure) -> tuple[int, int] | None:
    """How many values a list had and how many it should have, where that is why the forward failed."""
    said = str(failure.__cause__)
    product = re.search(r"shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)", said)
    if product:
        return int(product[1]), int(product[2])
    shape = re.search(r"shape '\[-?1, (\d+)\]' is invalid for input of size (\d+)", said)
    return (int(shape[2]), int(shape[1])) if shape else None


def _reason(failure: Failure) -> str:
    """Where and why it failed, without the input's shape."""
    cause = failure.__cause__
    return f"{type(cause).__name__}: {cause}"
