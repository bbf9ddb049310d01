"""Which part of a TensorFlow 1 program's graph is the network: what leads from the picture to the logits."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from fivebyfive.errors import InputError
from fivebyfive.explain.sources.tensorflow.sessions import Kept

CROSS_ENTROPIES = frozenset({"SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits"})
READS = frozenset({"Softmax", "ArgMax", "LogSoftmax", "InTopK", "InTopKV2", "TopKV2", "Sigmoid"})
"""Operations that read an answer from logits."""
OFF = {"keep": 1.0, "rate": 0.0, "drop": 0.0}
"""What a number is that switches dropout off, by a part of its placeholder's name."""


def logits(kept: Kept) -> Any:
    """The tensor that the network gives.

    Raises:
        InputError: the program has no such.
    """
    operations = kept.graph.get_operations()
    pictures = [op.outputs[0] for op in operations if is_picture(op)]
    for candidate in _candidates(operations, kept):
        found = {op.name for op in before(candidate.op)}
        if any(picture.op.name in found for picture in pictures):
            return candidate
    raise InputError(
        "no network was found in the program: nothing leads from a placeholder of pictures to a cross entropy, a "
        "softmax or an argmax"
    )


def _candidates(operations: Iterable[Any], kept: Kept) -> Iterator[Any]:
    operations = list(operations)
    yield from (_unwrapped(op) for op in operations if op.type in CROSS_ENTROPIES)
    yield from (op.inputs[0] for op in operations if op.type == "GreaterEqual" and "logistic_loss" in op.name)
    forward = [op for op in operations if "gradients/" not in op.name and op.type in READS]
    yield from (op.inputs[0] for op in reversed(forward))
    yield from reversed(kept.fetched)


def _unwrapped(loss: Any) -> Any:
    """The logits that a cross entropy was given, before it made a list of rows of them."""
    tensor = loss.inputs[0]
    scopes = tuple(f"{scope}/" for scope in (loss.name, loss.name.rpartition("/")[0]) if scope)
    while tensor.op.name.startswith(scopes) and tensor.op.type in ("Reshape", "Identity", "Cast"):
        tensor = tensor.op.inputs[0]
    return tensor


def before(op: Any) -> list[Any]:
    """All operations that lead to `op`, it among them."""
    found: dict[str, Any] = {}
    todo = [op]
    while todo:
        last = todo.pop()
        if last.name not in found:
            found[last.name] = last
            todo += [tensor.op for tensor in last.inputs]
    return list(found.values())


def is_picture(op: Any) -> bool:
    """Whether it is a placeholder that pictures, or lists of numbers, are fed to."""
    shape = op.outputs[0].shape if op.type in ("Placeholder", "PlaceholderWithDefault") and op.outputs else None
    return shape is not None and (shape.rank or 0) >= 2 and op.outputs[0].dtype.is_floating


def switches(operations: Iterable[Any], fed: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Any]:
    """The value of each placeholder that is no picture, by its tensor's name: as it is when nothing is trained.

    Args:
        fed: what the program gave them last.
        called: what the program calls them, by the operation's name.
    """
    found = {}
    for op in operations:
        if op.type not in ("Placeholder", "PlaceholderWithDefault") or is_picture(op):
            continue
        tensor = op.outputs[0]
        dtype = tensor.dtype.base_dtype
        if dtype.name == "bool":
            value: Any = False
        elif dtype.is_floating:
            named = _named(called.get(op.name, op.name))
            value = (
                named if named is not None else 1.0 if _is_share(fed.get(tensor.name)) else fed.get(tensor.name, 1.0)
            )
        else:
            value = 1  # how many pictures there are
        found[tensor.name] = np.asarray(value, dtype.as_numpy_dtype)
    return found


def _named(name: str) -> float | None:
    """What switches it off, as its name says."""
    return next((value for part, value in OFF.items() if part in name.lower()), None)


def _is_share(value: Any) -> bool:
    """Whether it is a share of units that are kept, by its value; a program that tests feeds 1.0 last."""
    return value is not None and 0.0 < float(value) <= 1.0
