"""What is asked of an optimizer, checked: which one it is, its group and gradient, and the place in the parameter."""

import operator
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

from fivebyfive.errors import InputError
from fivebyfive.training import adamw
from fivebyfive.training.muon import Muon

KINDS: dict[type, str] = {SGD: "sgd", Adam: "adam", AdamW: "adamw", adamw.AdamW: "adamw", Muon: "muon"}
KNOWN = "SGD, Adam and AdamW of torch.optim, and fivebyfive's Muon"


def kind_of(optimizer: Any) -> str:
    """One of `KINDS`.

    Raises:
        InputError: it is no optimizer, or one whose step is not known; a class that somebody has derived is one, too.
    """
    kind = KINDS.get(type(optimizer))
    if kind is None:
        name = f"{type(optimizer).__module__}.{type(optimizer).__qualname__}"
        what = "an optimizer whose step is not known here" if isinstance(optimizer, Optimizer) else "no optimizer"
        raise InputError(f"{name} is {what}; known are {KNOWN}")
    return kind


def group_of(optimizer: Optimizer, parameter: Any) -> dict[str, Any]:
    """The group that a parameter is in.

    Raises:
        InputError: it is in none.
    """
    if not isinstance(parameter, Tensor):
        raise InputError(
            f"a parameter was expected, one of the network's tensors; this is a {type(parameter).__name__}"
        )
    for group in optimizer.param_groups:
        if any(parameter is member for member in group["params"]):
            return group
    raise InputError(
        f"the parameter of shape {list(parameter.shape)} is in none of the optimizer's groups; "
        "give the optimizer all parameters of the network"
    )


def gradient_of(parameter: Tensor) -> Tensor:
    """A parameter's gradient.

    Raises:
        InputError: it has none, or one of a kind whose step is not worked out here.
    """
    shape, gradient = list(parameter.shape), parameter.grad
    if gradient is None and not parameter.requires_grad:
        raise InputError(f"the parameter of shape {shape} is frozen (requires_grad is False): no step changes it")
    if gradient is None:
        raise InputError(
            f"the parameter of shape {shape} has no .grad; ask after loss.backward() and before optimizer.step()"
        )
    if gradient.layout is not torch.strided:
        raise InputError(
            f"the gradient of the parameter of shape {shape} is sparse; only dense ones are worked out here"
        )
    if not parameter.is_floating_point():
        raise InputError(f"the parameter of shape {shape} is {parameter.dtype}; only real numbers are worked out here")
    return gradient.detach()


def place_of(shape: torch.Size, index: tuple[Any, ...]) -> tuple[int, ...]:
    """An index of one weight, checked; a negative one counts from the end.

    Raises:
        InputError: it is not of as many whole numbers as the parameter has dimensions, or out of range.
    """
    if len(index) != len(shape):
        numbers = f"{len(index)} number{'' if len(index) == 1 else 's'}"
        raise InputError(
            f"an index of {numbers} names no weight of a parameter of shape {list(shape)}; give {len(shape)}"
        )
    try:
        place = tuple(operator.index(i) for i in index)
    except TypeError:
        raise InputError(f"an index is of whole numbers; this is {index!r:.60}") from None
    for dimension, (i, size) in enumerate(zip(place, shape, strict=True)):
        if not -size <= i < size:
            raise InputError(
                f"index {i} is out of range: dimension {dimension} of the parameter of shape {list(shape)} has {size}"
            )
    return tuple(i % size for i, size in zip(place, shape, strict=True))
