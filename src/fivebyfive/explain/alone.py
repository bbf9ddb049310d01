"""One step run alone, on what went in or on something else, as it ran: in its own precision, on memory of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain.given import named_tensors
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import HALVES


def run_alone(step: Step, instead: Mapping[int, Tensor] | None = None) -> Tensor | None:
    """What the step's function gives; None where it does not give so many results again.

    Args:
        instead: values for the outputs of earlier steps, by their indices; the others' are those of the trace.
    """
    assert step.call.function is not None
    arguments, keywords = (_fresh(given, instead or {}) for given in (step.call.arguments, dict(step.call.keywords)))
    with torch.no_grad(), _precision(step):
        result = step.call.function(*arguments, **keywords)
    result = arguments[0] if step.op == "assign" else result
    tensors = [tensor for _, tensor in named_tensors(result)]
    part = int(step.attributes.get("part", 0))
    return tensors[part] if part < len(tensors) else None


@contextmanager
def _precision(step: Step) -> Iterator[None]:
    """Under ``autocast``, where the step's result is in half precision and its inputs are not."""
    given = [origin.output.dtype for origin in step.origins if origin.output.is_floating_point()]
    with torch.autocast(
        step.output.device.type,
        dtype=step.output.dtype if step.output.dtype in HALVES else None,
        enabled=step.output.dtype in HALVES and any(dtype not in HALVES for dtype in given),
    ):
        yield


def _fresh(value: Any, instead: Mapping[int, Tensor]) -> Any:
    """The arguments as they were, in memory of their own: an operation may overwrite them."""
    if isinstance(value, Step):
        return instead.get(value.index, value.output).clone()
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _fresh(v, instead) for key, v in value.items()}
    if isinstance(value, torch.Size):
        return value
    if isinstance(value, (tuple, list)):
        return type(value)([_fresh(v, instead) for v in value])
    return value
