"""Muon: a hidden layer's weights are a matrix, and it is turned, not stretched.

A gradient's matrix is usually long in a few directions and short in all others. Muon replaces it by the nearest
orthogonal matrix, which is as long in every direction, so that rare features are learned as fast as common ones: half
the images are enough. Everything that is no hidden matrix — biases, normalization, the output layer — is Adam's.

Source: K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024,
https://kellerjordan.github.io/posts/muon/
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.networks import members

ROUNDS = 3
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial whose iteration takes every singular value near 1 quickly (the source's)."""


class Muon(torch.optim.AdamW):
    """Muon for the hidden layers' weights of a network, AdamW for the rest.

    Args:
        rate: learning rate of Muon; `lr` is AdamW's.
        momentum: of Muon.
        adam: arguments of AdamW.
    """

    def __init__(self, network: nn.Module, rate: float, momentum: float, **adam: Any) -> None:
        self.hidden: list[Tensor] = [matrix for member in members(network) for matrix in _matrices(member)[:-1]]
        taken = {id(p) for p in self.hidden}
        rest: list[Tensor] = [p for p in network.parameters() if id(p) not in taken]
        groups: list[dict[str, Any]] = [{"params": rest}, {"params": self.hidden, "lr": rate}]
        super().__init__(groups, **adam)
        self.momentum = momentum
        self.inputs_first = getattr(network, "layout", None) == "flat"  # the post's filters: [..., in, out]

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step of both."""
        group = self.param_groups[1]
        for parameter in self.hidden:
            if parameter.grad is None:
                continue
            state = self.state[parameter]
            if not state:
                state["momentum"] = torch.zeros_like(parameter)
                state["step"] = torch.zeros(())  # AdamW looks for it when a state is loaded
            mean = state["momentum"].lerp_(parameter.grad, 1.0 - self.momentum)
            change = parameter.grad.lerp(mean, self.momentum)  # Nesterov's look ahead
            matrix = as_matrix(change, self.inputs_first)
            turned = orthogonal(matrix) * max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
            parameter.mul_(1.0 - group["lr"] * group["weight_decay"])
            parameter.sub_(as_weights(turned, change.shape, self.inputs_first), alpha=group["lr"])
            parameter.grad = None  # done: AdamW passes it over
        return super().step(closure)


def as_matrix(weights: Tensor, inputs_first: bool) -> Tensor:
    """A layer's weights as [outputs, inputs]; `inputs_first` says that they are laid out as [..., in, out]."""
    return weights.flatten(0, -2).t() if inputs_first else weights.flatten(1)


def as_weights(matrix: Tensor, shape: torch.Size, inputs_first: bool) -> Tensor:
    """The way back from `as_matrix`."""
    return (matrix.t() if inputs_first else matrix).reshape(shape)


def orthogonal(matrix: Tensor) -> Tensor:
    """`matrix` [rows, columns] with all its singular values brought near 1.

    Each round multiplies X by p(XXᵀ). All of them are polynomials of the small, square XXᵀ, so X itself is multiplied
    once, by their product.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t()
    x = wide / (wide.norm() + 1e-7)
    square = x @ x.t()
    product = factor = _factor(square)
    for _ in range(ROUNDS - 1):
        square = factor @ square @ factor
        factor = _factor(square)
        product = factor @ product
    turned: Tensor = product @ x
    return turned if wide is matrix else turned.t()


def _factor(square: Tensor) -> Tensor:
    """p(XXᵀ), for one round: a + b·XXᵀ + c·(XXᵀ)²."""
    a, b, c = COEFFICIENTS
    factor = torch.addmm(square, square, square, beta=b, alpha=c)
    factor.diagonal().add_(a)
    return factor


def _matrices(network: nn.Module) -> list[Tensor]:
    """The weights that multiply something, in the order of the layers; the last is the output layer's."""
    return [p for p in network.parameters() if p.dim() > 1]
