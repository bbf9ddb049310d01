"""One step run again, alone, with PyTorch's derivatives switched on: what it passes on of a change, and passes back.

It runs on copies of what it took, in double precision, unless it only multiplies and adds up: a change of one value
goes through that without being rounded, and large convolutions are quick in their own precision alone. What it drew at
random, it draws again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import torch
import torch.autograd.forward_ad as forward_mode
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from fivebyfive.errors import InputError
from fivebyfive.explain.alone import drawn_again, expect_unchanged
from fivebyfive.explain.given import mapped, named_tensors
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import HALVES, tensor_of

LEVEL = 0
"""Of forward-mode differentiation: a change of a change is not asked for."""
LINEAR = ("convolution", "fully connected")
"""Kinds that multiply what is given with weights, and add up."""
MOST_ONE_BY_ONE = 4096
"""Values of a step that are followed back one by one, where there is no other way."""
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
    ways = (_one_by_one, _twice_back) if as_autograd else (_forward_of_one, _twice_back, _one_by_one)
    for way in ways[:-1]:
        try:
            return _either(step, partial(way, step, operand, index), as_autograd or step.kind in LINEAR)
        except InputError:  # an operation that PyTorch does not differentiate in this way
            continue
    return _either(step, partial(ways[-1], step, operand, index), as_autograd)


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


def at_zero(step: Step, operands: Sequence[Operand]) -> Tensor:
    """What the step gives where `operands` are 0: of a sum of products and a bias, the bias.

    Raises:
        InputError: PyTorch cannot run the step alone.
    """
    if step.kind == "output":
        return torch.zeros_like(step.output)

    def run(precise: bool) -> Tensor:
        zeros = [torch.zeros_like(_copy(operand, step, precise)) for operand in operands]
        with torch.no_grad():
            return _result(step, _standing(operands, zeros), precise)

    return _either(step, run, step.kind in LINEAR)


def _either(step: Step, run: Callable[[bool], Result], exact: bool = False) -> Result:
    """What `run` gives in double precision; in the step's own, where it is known in no other, or is `exact` in it."""
    if step.call.function is None:
        raise InputError(f"{step.name} was made where Python cannot watch, so its way back is not known")
    expect_unchanged(step)
    said = ""
    drawn = step.call.random is not None  # random numbers of another precision are others
    for precise in (False, True) if exact or drawn else (True, False):
        try:
            with torch.inference_mode(False), drawn_again(step), sdpa_kernel(SDPBackend.MATH):
                return run(precise)  # attention's other kernels have no derivative of their derivative
        except Exception as error:  # of a stranger's operation
            said = " ".join(str(error).split())[:200] or type(error).__name__
    raise InputError(f"{step.name} ({step.op}) cannot be differentiated alone: {said}")


def _forward_of_one(step: Step, operand: Operand, index: Sequence[int], precise: bool) -> Tensor:
    return _forward(step, [operand], [one_hot(tensor_of(operand), index)], precise)


def _forward(step: Step, operands: Sequence[Operand], changes: Sequence[Tensor], precise: bool) -> Tensor:
    copies = [_copy(operand, step, precise) for operand in operands]
    with forward_mode.dual_level():
        duals = [_changing(copy, change) for copy, change in zip(copies, changes, strict=True)]
        result = _result(step, _standing(operands, duals), precise, _unchanging(step))
        _, tangent = torch._unpack_dual(result, LEVEL)
    return torch.zeros_like(result) if tangent is None else tangent.clone()


def _changing(tensor: Tensor, change: Tensor) -> Tensor:
    """`tensor` with a change; by the function beneath `forward_mode.make_dual`, which compiles rules that few need."""
    return torch._make_dual(tensor, change.to(tensor.dtype), LEVEL)


def _unchanging(step: Step) -> Callable[[Tensor], Tensor]:
    """How what does not change is given: with a change of 0, because PyTorch loads its compiler to find that out.

    A convolution's filters are left as they are: it would be done twice.
    """

    def given(tensor: Tensor) -> Tensor:
        if not tensor.is_floating_point() or ("conv" in step.op and tensor.dim() > 1):
            return tensor
        return _changing(tensor, torch.zeros_like(tensor))

    return given


def _twice_back(step: Step, operand: Operand, index: Sequence[int], precise: bool) -> Tensor:
    """The way back is linear in the gradient: its own derivative is the way forward."""
    copy, result = _recorded(step, operand, precise)
    gradient = torch.zeros_like(result).requires_grad_()
    with torch.enable_grad():
        (back,) = torch.autograd.grad(result, copy, gradient, create_graph=True, allow_unused=True)
        if back is None or not back.requires_grad:
            return torch.zeros_like(result)
        (found,) = torch.autograd.grad(back[tuple(index)], gradient, allow_unused=True)
    return torch.zeros_like(result) if found is None else found


def _one_by_one(step: Step, operand: Operand, index: Sequence[int], precise: bool) -> Tensor:
    """Of each value that has a gradient what goes back: an operation may know that alone."""
    copy, result = _recorded(step, operand, precise)
    found = torch.zeros_like(result)
    assert step.gradient is not None
    used = step.gradient != 0
    if int(used.sum()) > MOST_ONE_BY_ONE:
        raise InputError(f"{step.name} ({step.op}) has too many values to follow one by one")
    for place in map(tuple, used.nonzero().tolist()):
        (back,) = torch.autograd.grad(result[place], copy, retain_graph=True, allow_unused=True)
        found[place] = 0.0 if back is None else back[tuple(index)]
    return found


def _recorded(step: Step, operand: Operand, precise: bool) -> tuple[Tensor, Tensor]:
    """A copy of the operand, and the step's result made of it, for autograd."""
    copy = _copy(operand, step, precise).requires_grad_()
    with torch.enable_grad():
        result = _result(step, _standing([operand], [copy]), precise)
        return copy, result if result.requires_grad else result + 0 * copy.sum()


def _result(
    step: Step, standing: Mapping[int, Tensor], precise: bool, given: Callable[[Tensor], Tensor] = lambda tensor: tensor
) -> Tensor:
    """The step's own result, run again; `standing` are the tensors for the operands that matter, by identity."""
    call = step.call
    inplace = bool(step.attributes.get("inplace"))

    def put(value: Any) -> Any:
        if isinstance(value, (Step, Tensor)):
            found = standing.get(id(value))
            copy = given(_copy(value, step, precise)) if found is None else found
            return copy.clone() if inplace else copy
        return torch.float64 if precise and value in (torch.float32, *HALVES) else value

    assert call.function is not None
    arguments = mapped(call.arguments, put)
    result = call.function(*arguments, **mapped({k: v for k, v in call.keywords.items() if k != "out"}, put))
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


def one_hot(tensor: Tensor, index: Sequence[int]) -> Tensor:
    """A change of one value alone, by 1."""
    found = torch.zeros_like(tensor)
    found[tuple(index)] = 1
    return found
