"""Muon: a hidden layer's weights are a matrix, and it is turned, not stretched.

A gradient's matrix is usually long in a few directions and short in all others. Muon replaces it by the nearest
orthogonal matrix, which is as long in every direction, so that rare features are learned as fast as common ones: half
the images are enough. Everything that is no hidden matrix — biases, normalization, the output layer — is Adam's.

Processes of one machine that share a training turn a part of the matrices each, in memory that all of them see.

Source: K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024,
https://kellerjordan.github.io/posts/muon/
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.group import near
from fivebyfive.neighbours import Neighbours
from fivebyfive.networks import members
from fivebyfive.networks.products import product
from fivebyfive.training import flat
from fivebyfive.training.adamw import AdamW

ROUNDS = 3
LARGE = 100
"""Rows and columns of matrices from which on their products are quicker by oneDNN, up to twice as quick."""
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial whose iteration takes every singular value near 1 quickly (the source's)."""


class Muon(AdamW):
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
        self._turning: _Turning | None = None

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step of both."""
        group = self.param_groups[1]
        learning = [parameter for parameter in self.hidden if parameter.grad is not None]
        for parameter, turned in zip(learning, self._turned(learning), strict=True):
            weights = self.part(parameter, parameter.data)
            weights.mul_(1.0 - group["lr"] * group["weight_decay"])
            weights.sub_(self.part(parameter, turned), alpha=group["lr"])
            parameter.grad = None  # done: AdamW passes it over
        return super().step(closure)

    def _turned(self, learning: Sequence[Tensor]) -> Sequence[Tensor]:
        """What is taken off each of these weights, times the rate."""
        changes = [self._change(parameter) for parameter in learning]
        neighbours = near()
        if neighbours is None or any(change.device.type != "cpu" for change in changes):
            return [turned(change, self.inputs_first) for change in changes]
        if self._turning is None or len(self._turning.places) != len(changes):
            self._turning = _Turning(neighbours, changes)
        return self._turning.turned(changes, self.inputs_first)

    def _change(self, parameter: Tensor) -> Tensor:
        """The mean of its gradients, and one look ahead (Nesterov's)."""
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
            state["step"] = torch.zeros(())  # AdamW looks for it when a state is loaded
        assert parameter.grad is not None
        mean = state["momentum"].lerp_(parameter.grad, 1.0 - self.momentum)
        return parameter.grad.lerp(mean, self.momentum)


class _Turning:
    """Weights' changes that the processes of a machine turn together."""

    def __init__(self, neighbours: Neighbours, changes: Sequence[Tensor]) -> None:
        self._neighbours = neighbours
        memory = neighbours.memory(sum(change.numel() for change in changes), changes[0].dtype)
        self.places = list(flat.views(memory, changes))
        costs = [0.0] * neighbours.size
        self._mine = []
        for number in sorted(range(len(changes)), key=lambda n: -_cost(changes[n])):
            who = costs.index(min(costs))
            costs[who] += _cost(changes[number])
            self._mine += [number] if who == neighbours.rank else []

    def turned(self, changes: Sequence[Tensor], inputs_first: bool) -> Sequence[Tensor]:
        """All of `changes`, turned: each by one of the processes."""
        for number in self._mine:
            self.places[number].copy_(turned(changes[number], inputs_first))
        self._neighbours.meet()
        return self.places


def _cost(change: Tensor) -> float:
    """About how many products it takes to turn it."""
    rows = change.shape[0]
    return float(min(rows, change.numel() // rows) * change.numel())


def turned(change: Tensor, inputs_first: bool) -> Tensor:
    """A change of weights, turned, as long as one by Adam."""
    matrix = as_matrix(change, inputs_first)
    longer: float = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
    return as_weights(orthogonal(matrix) * longer, change.shape, inputs_first)


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
    square = _times(x, x.t())
    joint = factor = _factor(square)
    for _ in range(ROUNDS - 1):
        square = _times(_times(factor, square), factor)
        factor = _factor(square)
        joint = _times(factor, joint)
    found = _times(joint, x)
    return found if wide is matrix else found.t()


def _factor(square: Tensor) -> Tensor:
    """p(XXᵀ), for one round: a + b·XXᵀ + c·(XXᵀ)²."""
    a, b, c = COEFFICIENTS
    factor = _times(square, square).mul_(c).add_(square, alpha=b)
    factor.diagonal().add_(a)
    return factor


def _times(a: Tensor, b: Tensor) -> Tensor:
    return product(a, b) if min(*a.shape, *b.shape) >= LARGE else a @ b


def _matrices(network: nn.Module) -> list[Tensor]:
    """The weights that multiply something, in the order of the layers; the last is the output layer's."""
    return [p for p in network.parameters() if p.dim() > 1]
