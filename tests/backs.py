"""What every gradient must hold: its sum is autograd's number, and its terms are gradients of later steps.

In double precision the two agree to 1e-5 of the gradient itself, or of what cancels out to give it; in single precision
rounding counts with the size of the products: `SINGLE` of their sum, sign apart.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.explain import Arithmetic, Step, Trace
from fivebyfive.explain.given import named_tensors
from fivebyfive.explain.layout import index_of
from sums import five_places, near

SINGLE = 2e-5
HALVES = {torch.float16: 2**-7, torch.bfloat16: 2**-5}


def expect_back(trace: Trace, places: int = 5) -> int:
    """Every step and every parameter that has a gradient has its sum; returns how many were looked at."""
    assert trace.way_back is not None
    by_index = {step.index: step for step in (*trace.steps, *trace.way_back.steps)}
    looked = 0
    for step in by_index.values():
        if step.gradient is None:
            continue
        assert step.gradient.shape == step.output.shape
        for place in five_places(step)[:places]:
            _expect_sum(step.back(*place), float(_at(step, place).real), by_index, step.gradient, (step.name, place))
            looked += 1
    for parameter in trace.parameters.values():
        if parameter.gradient is None:
            continue
        for index in _places(parameter.gradient, places):
            found, said = parameter.back(*index), float(parameter.gradient[index].real)
            _expect_sum(found, said, by_index, parameter.gradient, (parameter.name, index))
            looked += 1
    return looked


def expect_autograds(trace: Trace, network: nn.Module, loss: Callable[[], Tensor]) -> None:
    """The parameters' gradients are those of a plain training step, to the last bits that rounding leaves."""
    network.zero_grad()
    loss().backward()  # type: ignore[no-untyped-call]
    for name, parameter in network.named_parameters():
        found = trace.parameters[name].gradient
        if parameter.grad is None:
            assert found is None, name
        else:
            assert found is not None, name
            torch.testing.assert_close(found, parameter.grad, rtol=1e-5, atol=1e-7, msg=name)
    network.zero_grad()


def weighted(result: Any) -> Tensor:
    """A loss of whatever a network returns, in which no two values weigh the same."""
    tensors = [t for _, t in named_tensors(result) if t.is_floating_point() or t.is_complex()]
    sizes = [(torch.view_as_real(t.resolve_conj()) if t.is_complex() else t).double() for t in tensors]
    parts = [(t * torch.linspace(0.5, 1.5, t.numel(), dtype=t.dtype).reshape(t.shape)).sum() for t in sizes]
    return torch.stack([part for part in parts if part.requires_grad]).sum()


def _at(step: Step, place: Sequence[int]) -> Tensor:
    assert step.gradient is not None
    return step.gradient[index_of((place[0], place[1], place[2]), step.output_shape, step.layout)]


def _expect_sum(found: Arithmetic, said: float, steps: dict[int, Step], gradient: Tensor, where: Any) -> None:
    parts = [t.product for t in found.terms] + [found.remainder]
    if where[0] == "loss":
        assert (found.total, found.terms) == (1.0, ())
        return
    if not all(map(math.isfinite, [*parts, said])):
        return
    size = max(abs(said), math.fsum(map(abs, parts)))
    slack = 32 * torch.finfo(gradient.dtype).eps * float(gradient.abs().nan_to_num(0, 0, 0).max())
    dtypes = {gradient.dtype, *(steps[t.step].output.dtype for t in found.terms if t.step is not None)}
    share = max(1e-5 if dtype == torch.float64 else HALVES.get(dtype, SINGLE) for dtype in dtypes)
    assert near(found.total, said, 0, share * size + slack), (where, found.total, said)
    assert near(math.fsum(parts), found.total, 1e-9, 1e-12), where
    assert found.formula()
    assert found.formula(numbers=True)
    for term in found.terms[:8]:
        assert term.step is not None
        later = steps[term.step]
        assert later.name == term.name
        if later.gradient is not None and not later.gradient.is_complex() and term.position is not None:
            assert near(term.product, term.value * term.weight, 1e-9, 1e-30), where
            if term.picture == 0:
                value = float(_at(later, term.position))
                assert near(term.value, value, 1e-6, 1e-30), (where, term)


def _places(tensor: Tensor, count: int) -> list[tuple[int, ...]]:
    """The first, the last, where the gradient is largest, and some anywhere."""
    if not tensor.numel():
        return []
    drawn = random.Random(tensor.numel())
    flat = [0, tensor.numel() - 1, int(tensor.abs().flatten().argmax())]
    flat += [drawn.randrange(tensor.numel()) for _ in range(max(0, count - 3))]
    return [tuple(int(i) for i in torch.unravel_index(torch.tensor(n), tensor.shape)) for n in flat[:count]]
