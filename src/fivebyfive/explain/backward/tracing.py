"""One backward of the whole network by autograd, and what it gave each step and each parameter."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive import causes
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.backward.local import passed_back
from fivebyfive.explain.backward.parameters import Parameters, parameters_of
from fivebyfive.explain.edges import Edges
from fivebyfive.explain.given import Given, mapped
from fivebyfive.explain.program import Program
from fivebyfive.explain.step import Step


@dataclass(frozen=True)
class WayBack:
    """What one backward showed.

    Attributes:
        loss: the number itself.
        steps: those that made it of the network's answer, after the network's own; the last is the loss.
        parameters: the network's, with their gradients and uses.
        label: the right class by its name, or several names; "" with a loss of the user's own.
    """

    loss: float
    steps: tuple[Step, ...]
    parameters: Parameters
    label: str = ""


@contextmanager
def differentiated(network: nn.Module, given: Given) -> Iterator[tuple[Given, Edges]]:
    """Let autograd watch: what is given, as values that have gradients, and where the steps' edges are to be noted."""
    frozen = [p for p in network.parameters() if isinstance(network, Program) and p.is_floating_point()]
    for parameter in frozen:  # a foreign network's weights are frozen by whoever read them, not by their owner
        parameter.requires_grad_()
    try:
        with torch.enable_grad():
            arguments, keywords = (mapped(one, _with_gradient) for one in (given.arguments, given.keywords))
            yield replace(given, arguments=arguments, keywords=keywords), Edges()
    finally:
        for parameter in frozen:
            parameter.requires_grad_(False)


def traced(
    network: nn.Module, loss: Tensor, root: Step | None, edges: Edges, steps: Sequence[Step], count: int
) -> WayBack:
    """Give every step its gradient and its consumers.

    Args:
        root: the step that made the loss; None where that cannot be watched.
        steps: the network's, `count` of them, and then the loss's.

    Raises:
        InputError: nothing that has a gradient leads to the loss.
        Failure: the way back cannot be gone.
    """
    if not loss.requires_grad:
        raise InputError(
            "the loss hangs on nothing that has a gradient: the network runs under no_grad or inference_mode, or "
            "detaches its answer; there is no way back to trace"
        )
    parameters = parameters_of(network, steps)
    try:
        found = edges.gradients(loss, steps, [p.value for p in parameters.values()])
    except RuntimeError as error:
        said = "this network cannot be trained as it is: on the way back"
        raise Failure(causes.sentence(said, error, "mend the network, or explain it without a label")) from error
    for parameter, gradient in zip(parameters.values(), found, strict=True):
        parameter.gradient = None if gradient is None else gradient.detach()
    connect(steps)
    for step in steps[:count]:
        if step.kind == "output" and step.gradient is not None and len(step.origins[0].consumers) > 1:
            step.gradient = _from_outside(step)
    for step in steps[count:]:
        step.name = "loss" if step is root else f"loss.{step.op}"
    if root is not None:
        root.attributes["loss"] = True
    return WayBack(float(loss.detach()), tuple(steps[count:]), parameters)


def connect(steps: Sequence[Step]) -> None:
    """Tell every step who took its output."""
    consumers: dict[int, list[Step]] = {}
    for step in steps:
        for origin in dict.fromkeys(step.origins):
            consumers.setdefault(origin.index, []).append(step)
    for step in steps:
        step.consumers = tuple(consumers.get(step.index, ()))


def _from_outside(step: Step) -> Tensor | None:
    """The gradient of what the network returned where the network takes it too: what the loss alone passes back."""
    reached = [consumer for consumer in step.consumers if consumer.gradient is not None]
    found = [
        passed_back(consumer, consumer.gradient, [step])[0] for consumer in reached if consumer.gradient is not None
    ]
    return torch.stack(found).sum(0).to(step.output.dtype) if found else None


def _with_gradient(value: Any) -> Any:
    """A tensor that autograd follows; not a leaf of its graph, because a network may overwrite what it is given."""
    follows = isinstance(value, Tensor) and (value.is_floating_point() or value.is_complex())
    return value.detach().clone().requires_grad_().clone() if follows else value
