"""Where each step's value lies in autograd's own graph, so that one backward gives the gradient of every step.

An edge is noted when a value is made, and when it is taken: what comes out of a function with a backward of its own
belongs to the graph only then. A value that is overwritten later keeps the edge that it had.

Two steps must not share an edge: what flows back to one would be taken for the other's too. A call that returns what it
was given, or two results of which one is made of the other (an LSTM's cell and what it shows of it), has its results
looked at through a view, which is a place of its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge, get_gradient_edge

from fivebyfive.explain.held import plain
from fivebyfive.explain.step import Step

Place = tuple[Any, int]
"""A node of autograd's graph, and which of its results."""
MOST_NODES = 500
"""So many nodes are looked at within one call."""


class Edges:
    """The edges of one forward's steps."""

    def __init__(self) -> None:
        self._edges: dict[int, GradientEdge] = {}
        self._places: set[Place] = set()

    def note(self, tensor: Tensor, step: Step) -> None:
        """Remember where the value of `step` lies, which `tensor` holds now."""
        if tensor.requires_grad and step.index not in self._edges and plain(tensor) is tensor:
            with suppress(AssertionError):  # a tensor without a place in the graph, which nothing flows back to
                edge = get_gradient_edge(tensor)
                self._edges[step.index] = edge
                self._places.add((edge.node, edge.output_nr))

    def apart(self, result: Any) -> Any:
        """What a call gave, each of its tensors in a place of its own."""
        if isinstance(result, Tensor):
            return _viewed(result) if self._is_taken(result) else result
        if type(result) not in (tuple, list) or not all(isinstance(one, Tensor) for one in result):
            return result
        inner = {place for one in result for place in self._behind(one)}
        return type(result)(_viewed(one) if self._is_taken(one) or _place(one) in inner else one for one in result)

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

    def _is_taken(self, tensor: Tensor) -> bool:
        return _place(tensor) in self._places

    def _behind(self, tensor: Tensor) -> Iterator[Place]:
        """The places within the call that `tensor` is made of: none that a step has already."""
        waiting: list[Any] = [tensor.grad_fn]
        seen: set[Place] = set()
        while waiting and len(seen) < MOST_NODES:
            node = waiting.pop()
            for place in () if node is None else node.next_functions:
                if place[0] is not None and place not in seen and place not in self._places:
                    seen.add(place)
                    waiting.append(place[0])
                    yield place


def _place(tensor: Tensor) -> Place:
    return tensor.grad_fn, tensor.output_nr


def _viewed(tensor: Tensor) -> Tensor:
    return tensor.view_as(tensor) if tensor.requires_grad else tensor
