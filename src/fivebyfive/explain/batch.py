"""Several pictures at once, for a way back that adds up what each of them says of a weight."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain import image as images
from fivebyfive.explain.layout import Size
from fivebyfive.explain.sizing import search


def of_several(network: nn.Module, given: Any, count: int, shape: Size | None, way: images.Way) -> images.Prepared:
    """`count` pictures, each made ready as one alone is, in one batch; the first of them is the one that is shown.

    Args:
        given: a list of pictures or tensors, or one tensor with a batch in front.

    Raises:
        InputError: there are more or fewer than labels, or they do not come to one size.
    """
    if not isinstance(given, (Tensor, list, tuple)):
        raise InputError(f"{count} labels are given for one image; give a list of {count} images, or a tensor of them")
    if len(given) != count:
        raise InputError(f"{len(given)} images and {count} labels are given; give one label for each image")
    ready: list[images.Prepared] = []
    for one in given:
        if isinstance(one, Tensor):
            ready.append(images.from_tensor(one[None] if isinstance(given, Tensor) else one, network, shape)[0])
        else:
            ready.append(_picture(network, one, shape, way))
        shape = shape or _size(ready[0])
    return _together(ready)


def _picture(network: nn.Module, one: Any, shape: Size | None, way: images.Way) -> images.Prepared:
    picture = images.picture_of(one)
    if shape is None:
        return search(network, picture, None, way)[0]
    return images.from_picture(picture, shape, network, way)


def _size(prepared: images.Prepared) -> Size | None:
    pixels = prepared.pixels
    return None if pixels is None else (pixels.shape[0], pixels.shape[1], pixels.shape[2])


def _together(ready: Sequence[images.Prepared]) -> images.Prepared:
    tensors = [one.given.arguments[0] for one in ready]
    shapes = dict.fromkeys(tuple(tensor.shape[1:]) for tensor in tensors)
    if len(shapes) > 1:
        sizes = " and ".join(str(list(shape)) for shape in shapes)
        raise InputError(f"the images come to different sizes, {sizes}; a batch needs one size for all")
    first = ready[0]
    given = replace(first.given, arguments=(torch.cat(tensors),), pictures=len(ready))
    said = f"{len(ready)} pictures go through together; what is shown is the first of them."
    return replace(first, given=given, notes=(*dict.fromkeys(n for one in ready for n in one.notes), said))
