"""A call as it is recorded: which operation it is, its arguments by name, and what its kind says of it.

An operation that no kind knows is a step all the same, of kind "other".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from fivebyfive.explain.kind import OTHER, Called, Values
from fivebyfive.explain.kinds import aliases, home, signatures
from fivebyfive.explain.step import Step

OUR_OPS = "fivebyfive.ops"

_SWAPPED = {
    "rsub": "sub",
    "rdiv": "div",
    "rtruediv": "div",
    "rpow": "pow",
    "rmatmul": "matmul",
    "rfloordiv": "floor_divide",
}
"""Operators whose left operand comes second."""
_INPLACE = {"add", "sub", "mul", "truediv", "div", "pow", "matmul", "and", "or", "xor"}
_NUMPY = {"axis": "dim", "keepdims": "keepdim", "x1": "input", "x2": "other", "axis0": "dim0", "axis1": "dim1"}
"""PyTorch takes NumPy's keywords for any operation."""
_ATEN = {
    "batch_norm": "input weight bias running_mean running_var training momentum eps",
    "instance_norm": "input weight bias running_mean running_var use_input_stats momentum eps",
    "embedding": "weight input padding_idx",
}
"""Operations whose arguments stand in another order where an exported program calls them, without their function.

Source: aten/src/ATen/native/native_functions.yaml of PyTorch
"""
_OURS = {"x": "input", "a": "input", "W": "weight", "b": "other", "mean": "running_mean", "variance": "running_var",
         "offset": "bias", "scale": "weight", "epsilon": "eps"}  # fmt: skip


def op_name(function: Callable[..., Any]) -> tuple[str, bool, bool]:
    """(the op's name, whether it is its own in-place variant, whether its operands come swapped)."""
    space, _, rest = str(getattr(function, "_qualified_op_name", "")).partition("::")
    if space == "quantized":  # their names are those of the layers that they stand for
        return f"quantized_{rest}", False, False
    # exported programs call conv2d.default, mean.dim …
    name = str(getattr(function, "__name__", type(function).__name__)).partition(".")[0]
    if name == "__get__":
        return str(getattr(getattr(function, "__self__", None), "__name__", name)), False, False
    known = aliases()
    if name in known:
        return known[name], name == "__setitem__", False
    bare = name.strip("_")
    if name.startswith("__"):
        if bare in _SWAPPED:
            return _SWAPPED[bare], False, True
        inplace = bare.startswith("i") and bare[1:] in _INPLACE
        bare = bare[1:] if inplace else bare.removeprefix("r") if bare in {"radd", "rmul"} else bare
        return known.get(bare, bare), inplace, False
    return known.get(bare, bare), name.endswith("_"), False


def called(function: Callable[..., Any], op: str, swapped: bool, args: Sequence[Any], keywords: Values) -> Called:
    """The call with its arguments by PyTorch's names.

    Raises:
        KeyError, IndexError, TypeError, AttributeError, ValueError: it is called in a way that is not known.
    """
    ours = getattr(function, "__module__", None) == OUR_OPS
    if op in _ATEN and hasattr(function, "_schema"):
        values = dict(zip(_ATEN[op].split(), args, strict=False)) | dict(keywords)
    else:
        values = _bind_ours(op, args, keywords) if ours else _bind(op, swapped, args, keywords)
    return Called(op, values, args, ours)


def _bind(op: str, swapped: bool, args: Sequence[Any], keywords: Values) -> dict[str, Any]:
    known = signatures().get(op, ("input",))
    if op in ("max", "min") and len(args) > 1 and isinstance(args[1], (Tensor, Step)):
        known = ("input", "other")
    if op == "einsum":
        operands = args[1] if len(args) == 2 and isinstance(args[1], (list, tuple)) else args[1:]
        return {"input": args[0], "operands": list(operands)}
    kind = home(op)
    names = _NUMPY | dict(kind.keywords.get(op, {}) if kind else {})
    values = dict(zip(known, args, strict=False)) | {names.get(name, name): v for name, v in keywords.items()}
    if swapped:
        values["input"], values["other"] = values["other"], values["input"]
    return values


def _bind_ours(op: str, args: Sequence[Any], keywords: Values) -> dict[str, Any]:
    kind = home(op)
    known = tuple(kind.ours[op].split()) if kind and op in kind.ours else ("input",)
    return dict(zip(known, args, strict=False)) | {_OURS.get(name, name): value for name, value in keywords.items()}


def attributes(call: Called) -> dict[str, Any]:
    """The operation's numbers in the vocabulary of step.py."""
    kind = home(call.op)
    return {} if kind is None else kind.attributes(call)


def kind_name(call: Called, origins: Sequence[Step], output: Tensor) -> str:
    """What the step is called."""
    kind = home(call.op)
    if kind is None:
        return OTHER
    return kind.name if kind.called is None else kind.called(call, origins, output)


def macs(call: Called, output: Tensor, learned: Callable[[Any], bool]) -> int | None:
    """Multiply-accumulates for one image; None where they are not counted.

    The rule (`Step.macs`): weights and products of matrices cost, what has neither costs nothing
    (activations, pooling, interpolation, sums of maps, values that move). What no kind knows is not counted, such as
    a Fourier transform, which computes by an algorithm of its own: None, never 0.

    Sources: https://github.com/TylerYep/torchinfo (layer_info.py, calculate_macs) for convolutions;
    https://github.com/facebookresearch/fvcore (nn/jit_handles.py) for what is transposed or normalized, per value.

    Args:
        learned: whether a value is one of the network's parameters.
    """
    kind = home(call.op)
    if kind is None or not call.values:
        return None
    try:
        return kind.cost(call, output, learned)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None  # called in a way that is not known


def numbers(values: Mapping[str, Any], name: str) -> Tensor | None:
    """A tensor among the arguments, as a constant or as a step's output."""
    value = values.get(name)
    return value.output if isinstance(value, Step) else value if isinstance(value, Tensor) else None
