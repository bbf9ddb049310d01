"""Arrays of pictures and labels, a pair for each part, as one data set: of one scale, shape and list of classes."""

from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy.typing as npt

from fivebyfive.datasets import spilled, values
from fivebyfive.datasets.dataset import Dataset, Images, Labels, Pixels, of_parts
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.errors import InputError

Named = tuple[str, npt.NDArray[Any]]
"""An array, and what it is called."""


def joined(source: str, pixels: MutableMapping[str, Named], labels: Mapping[str, Named]) -> Dataset:
    """The data set of `pixels` and `labels` by part; each array of `pixels` is let go when it has become bytes.

    Args:
        source: the data set's name.
        pixels: of each part, in any form that `values.shaped` takes.
        labels: of each part, [N].

    Raises:
        InputError: an array is not what it should be, or two of them do not belong together.
    """
    called = {part: name for part, (name, _) in pixels.items()} if len(pixels) > 1 else {}
    notes = _shaped(source, pixels)
    scale = values.scale(source, {name: values.range_of(array) for name, array in sorted_by_part(pixels).values()})
    plain: dict[str, npt.NDArray[Any]] = {}
    for part, (name, found) in labels.items():
        plain[part], said = values.labels(source, name, found)
        notes += [said] if part == TRAIN else []
    held, known = values.classes(source, labels[TRAIN][0], plain[TRAIN])
    parts = {}
    for part in list(pixels):
        name, array = pixels.pop(part)
        indices = known if part == TRAIN else values.labels_as(source, labels[part][0], plain[part], plain[TRAIN])
        parts[part] = _together(source, values.as_bytes(array, scale), indices)
    data = of_parts(source, held, parts[TRAIN], parts.get(VALIDATION), parts.get(TEST), called)
    return data.saying(scale.said, *notes)


def sorted_by_part(parts: Mapping[str, Any]) -> dict[str, Any]:
    """`parts`, those to train on first."""
    return {part: parts[part] for part in (TRAIN, VALIDATION, TEST) if part in parts}


def _shaped(source: str, pixels: MutableMapping[str, Named]) -> list[str]:
    """Make each of `pixels` [N, H, W, C], all of one size, and say what was guessed for it."""
    notes = []
    for part, (name, array) in list(pixels.items()):
        whole, said = values.shaped(source, name, array)
        pixels[part] = (name, whole)
        notes += [said] if part == TRAIN else []
    first, train = pixels[TRAIN]
    for name, array in pixels.values():
        if array.shape[1:] != train.shape[1:]:
            raise InputError(f"{source}: {first} has images of {train.shape[1:]}, {name} of {array.shape[1:]}")
    return notes


def _together(source: str, pixels: Pixels, labels: Labels) -> Images:
    if len(pixels) != len(labels):
        raise InputError(f"{source} has {len(pixels):,} images but {len(labels):,} labels; each image needs one")
    return Images(spilled.standing_for(pixels), labels)
