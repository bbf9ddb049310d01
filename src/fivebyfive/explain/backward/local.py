"""One step run again, alone, with PyTorch's derivatives switched on: what it passes on of a change, and passes back.

It runs on copies of what it took, in double precision, unless it only multiplies and adds up: a change of one value
goes through that without being rounded, and large convolutions are quick in their own precision alone. What it drew at
random, it draws again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
import torch.autograd.forward_ad as forward_mode
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from fivebyfive.errors import InputError
from fivebyfive.explain.given import named_tensors
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import HALVES, tensor_of

LINEAR = ("convolution", "fully connected")
"""Kinds that multiply what is given with weights, and add up."""
Result = TypeVar("Result")
Operand = Step | Tensor
"""What a step took: another step's output, or a constant."""


def column(step: Step, operand: Operand, index: Sequence[int], *, as_autograd: bool = False) -> Tensor:
    """How much each value of the step's output grows with the value of `operand` at `index`: in the output's shape.

    Args:
        as_autograd: by its own way back and in its own precision: where a function has an edge, and the value lies on
            it, both may decide.

    Raises:
        InputError: PyTorch cannot differentiate the step alone.
    """
    if step.kind == "output":
        return one_hot(step.output, index).double()
    if as_autograd:
        return _either(step, lambda precise: _twice_back(step, operand, index, precise), exact=True)
    try:
        return passed_on(step, [operand], [one_hot(tensor_of(operand), index)])
    except InputError:  # an operation that PyTorch differentiates in the other direction alone
        return _either(step, lambda precise: _twice_back(step, operand, index, precise))


def passed_on(step: Step, operands: Sequence[Operand], changes: Sequence[Tensor]) -> Tensor:
    """How the step's output changes, to first order, with changes of its operands, each in its operand's shape.

    Raises:
        InputError: PyTorch cannot differentiate the step alone.
    """
    if step.kind == "output":
        return changes[0]
    return _either(step, lambda precise: _forward(step, operands, changes, precise), step.kind in LINEAR)


def passed_back(step: Step, gradient: Tensor, operands: Sequence[Operand]) -> list[Tensor]:
    """What `gradient`, at the step's output, is at each of its operands: doubles in the operands' shapes.

    Raises:
        InputError: PyTorch cannot differentiate the step alone.
    """
    if step.kind == "output":
        return [gradient.double() for _ in operands]

    def run(precise: bool) -> list[Tensor]:
        copies = [_copy(operand, step, precise).requires_grad_() for operand in operands]
        with torch.enable_grad():
            result = _result(step, _standing(operands, copies), precise)
        if not result.requires_grad:
            return [torch.zeros(copy.shape, dtype=torch.float64) for copy in copies]
        found = torch.autograd.grad(result, copies, gradient.to(result.dtype), allow_unused=True)
        return [torch.zeros_like(c).double() if g is None else g.double() for g, c in zip(found, copies, strict=True)]

    return _either(step, run)


def _either(step: Step, run: Callable[[bool], Result], exact: bool = False) -> Result:
    """What `run` gives in double precision; in the step's own, where it is known in no other, or is `exact` in it."""
    if step.call.function is None:
        raise InputError(f"{step.name} was made where Python cannot watch, so its way back is not known")
    for tensor, version in step.call.versions:
        if tensor._version != version:
            raise InputError(
                f"a tensor that {step.name} uses has been changed since this trace was made; explain the image again"
            )
    said = ""
    for precise in (False, True) if exact else (True, False):
        try:
            with torch.inference_mode(False), _drawn_again(step), sdpa_kernel(SDPBackend.MATH):
                return run(precise)  # attention's other kernels have no derivative of their derivative
        except Exception as error:  # of a stranger's operation
            said = " ".join(str(error).split())[:200] or type(error).__name__
    raise InputError(f"{step.name} ({step.op}) cannot be differentiated alone: {said}")


def _forward(step: Step, operands: Sequence[Operand], changes: Sequence[Tensor], precise: bool) -> Tensor:
    copies = [_copy(operand, step, precise) for operand in operands]
    with forward_mode.dual_level():
        duals = [
            forward_mode.make_dual(copy, change.to(copy.dtype))  # type: ignore[no-untyped-call]
            for copy, change in zip(copies, changes, strict=True)
        ]
        result = _result(step, _standing(operands, duals), precise)
        tangent = forward_mode.unpack_dual(result).tangent  # type: ignore[no-untyped-call]
    return torch.zeros_like(result) if tangent is None else tangent.clone()


def _twice_back(step: Step, operand: Operand, index: Sequence[int], precise: bool) -> Tensor:
    """The way back is linear in the gradient: its own derivative is the way forward."""
    copy = _copy(operand, step, precise).requires_grad_()
    with torch.enable_grad():
        result = _result(step, _standing([operand], [copy]), precise)
        if not result.requires_grad:
            return torch.zeros_like(result)
        gradient = torch.zeros_like(result).requires_grad_()
        (back,) = torch.autograd.grad(result, copy, gradient, create_graph=True)
        return torch.autograd.grad(back[tuple(index)], gradient)[0]


def _result(step: Step, standing: Mapping[int, Tensor], precise: bool) -> Tensor:
    """The step's own result, run again; `standing` are the tensors for the operands that matter, by identity."""
    call = step.call
    inplace = bool(step.attributes.get("inplace"))

    def put(value: Any) -> Any:
        if isinstance(value, (Step, Tensor)):
            given = standing.get(id(value))
            copy = _copy(value, step, precise) if given is None else given
            return copy.clone() if inplace else copy
        if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
            return type(value)(map(put, value))
        if isinstance(value, dict):
            return {name: put(v) for name, v in value.items()}
        return torch.float64 if precise and value in (torch.float32, *HALVES) else value

    assert call.function is not None
    arguments = [put(value) for value in call.arguments]
    result = call.function(*arguments, **{name: put(v) for name, v in call.keywords.items() if name != "out"})
    results = [arguments[0]] if step.op == "assign" else [tensor for _, tensor in named_tensors(result)]
    return results[int(step.attributes.get("part", 0))]


def _standing(operands: Sequence[Operand], tensors: Sequence[Tensor]) -> dict[int, Tensor]:
    return {id(operand): tensor for operand, tensor in zip(operands, tensors, strict=True)}


def _copy(value: Operand, step: Step, precise: bool) -> Tensor:
    """A copy of its values; ``autocast`` rounds what it multiplies to the precision of the result first."""
    tensor = tensor_of(value)
    if not tensor.is_floating_point():
        return tensor.to(torch.complex128) if precise and tensor.is_complex() else tensor.clone()
    if step.output.dtype in HALVES:
        tensor = tensor.to(step.output.dtype)
    return tensor.to(torch.float64 if precise else tensor.dtype, copy=True)


@contextmanager
def _drawn_again(step: Step) -> Iterator[None]:
    """The random numbers as they were before the step; afterwards as they are now."""
    with torch.random.fork_rng(devices=[]):
        if step.call.random is not None:
            torch.set_rng_state(step.call.random)
        yield


def one_hot(tensor: Tensor, index: Sequence[int]) -> Tensor:
    """A change of one value alone, by 1."""
    found = torch.zeros_like(tensor)
    found[tuple(index)] = 1
    return found
