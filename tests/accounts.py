"""What every account must hold: it adds up, its gradients are autograd's, and its biases are those of the network."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.explain.why.account import Why

STRAIGHT = ("convolution", "fully connected")
"""Kinds whose own share is their bias and nothing else."""


def expect_account(why: Why, near: float = 1e-4) -> None:
    """Contributions and shares are the number, and each step's share is what its operation leaves."""
    parts = [float(why.pixels.sum())] if len(why.inputs) == 1 else list(why.inputs.values())
    parts += [share.amount for share in why.shares]
    size = max(abs(why.value), math.fsum(map(abs, parts)))
    assert abs(math.fsum(parts) - why.value) <= near * size
    assert why.check() <= near
    for share in why.shares:
        step = why.trace.steps[share.index]
        if step.kind in STRAIGHT and len([o for o in step.origins if o.index in why.swept.gradients]) == 1:
            assert share.sort in ("bias", "rounding"), share
        if step.op in ("relu", "max_pool2d", "reshape", "flatten", "view"):
            assert share.sort == "rounding", share
    for name, maps in why.maps.items():
        step = why.trace[name]
        assert maps.shape == (step.size[2],)
        assert torch.isfinite(maps).all()


def expect_autograds(why: Why, network: nn.Module) -> None:
    """The pixels are gradient × input by autograd through the whole network, in double precision.

    Where a softmax ends it, autograd sees the logits in the differences of two logarithms alone.
    """
    if why.target.ends and why.instead_of is None:
        return
    step = given(why.trace)
    x = step.output.detach().double().requires_grad_()
    (gradient,) = torch.autograd.grad(_number(copy.deepcopy(network).double()(x), why), x)
    expected = (gradient * x).detach()
    expected = expected.reshape(why.pixels.shape) if "picture" in step.attributes else as_maps(expected, step.layout)
    largest = float(expected.abs().max().clamp_min(1e-12))
    assert float((why.pixels - expected).abs().max()) <= 1e-4 * largest


def expect_biases(why: Why, network: nn.Module) -> None:
    """Of a network of straight pieces, Σ bias × its gradient is all that is not from the pixels."""
    whole = copy.deepcopy(network).double()
    biases = [p for name, p in whole.named_parameters() if name.endswith("bias")]
    gradients = torch.autograd.grad(_number(whole(given(why.trace).output.double()), why), biases, allow_unused=True)
    expected = math.fsum(float((g * b).detach().sum()) for g, b in zip(gradients, biases, strict=True) if g is not None)
    found = math.fsum(share.amount for share in why.shares if share.sort == "bias")
    assert abs(found - expected) <= 1e-4 * max(abs(expected), abs(why.value))


def _number(result: Any, why: Why) -> Tensor:
    first = result[0] if isinstance(result, tuple) else result
    numbers: Tensor = first.reshape(-1)
    numbers = numbers.log() if why.target.ends == "softmax" else numbers
    numbers = numbers.logit() if why.target.ends == "sigmoid" else numbers
    index, other = why.places
    return numbers[index] if other is None else numbers[index] - numbers[other]


def given(trace: Trace) -> Step:
    """What the network got."""
    return next(step for step in trace.steps if step.kind == "input")
