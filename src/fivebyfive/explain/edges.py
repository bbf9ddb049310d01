"""Where each step's value lies in autograd's own graph, so that one backward gives the gradient of every step.

An edge is noted when a value is made, and when it is taken: what comes out of a function with a backward of its own
belongs to the graph only then. A value that is overwritten later keeps the edge that it had.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import get_gradient_edge

from fivebyfive.explain.held import plain
from fivebyfive.explain.step import Step


class Edges:
    """The edges of one forward's steps."""

    def __init__(self) -> None:
        self._edges: dict[int, Any] = {}

    def note(self, tensor: Tensor, step: Step) -> None:
        """Remember where the value of `step` lies, which `tensor` holds now."""
        if tensor.requires_grad and step.index not in self._edges and plain(tensor) is tensor:
            with suppress(AssertionError):  # a tensor without a place in the graph, which nothing flows back to
                self._edges[step.index] = get_gradient_edge(tensor)

    def gradients(self, loss: Tensor, steps: Sequence[Step], parameters: Sequence[Tensor]) -> list[Tensor | None]:
        """Give every step its gradient, and return the parameters', in their order; all of one backward.

        None where autograd has none: nothing that the loss depends on came of it.
        """
        known = [step for step in steps if step.index in self._edges]
        edges = [self._edges[step.index] for step in known]
        learning = [p for p in parameters if p.requires_grad]
        found = torch.autograd.grad(loss, [*edges, *map(get_gradient_edge, learning)], allow_unused=True)
        for step, gradient in zip(known, found, strict=False):
            step.gradient = None if gradient is None else gradient.detach()
        own = {id(p): gradient for p, gradient in zip(learning, found[len(known) :], strict=True)}
        return [own.get(id(p)) for p in parameters]
