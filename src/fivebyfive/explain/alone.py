"""One step run alone, on what went in or on something else, as it ran: in its own precision, on memory of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.given import mapped, named_tensors
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import HALVES


def run_alone(step: Step, instead: Mapping[int, Tensor] | None = None) -> Tensor | None:
    """What the step's function gives; None where it does not give so many results again.

    Args:
        instead: values for the outputs of earlier steps, by their indices; the others' are those of the trace.
    """
    assert step.call.function is not None

    def fresh(value: Any) -> Any:  # in memory of their own: an operation may overwrite them
        if isinstance(value, Step):
            return (instead or {}).get(value.index, value.output).clone()
        return value.detach().clone() if isinstance(value, Tensor) else value

    arguments, keywords = mapped(step.call.arguments, fresh), mapped(step.call.keywords, fresh)
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


def expect_unchanged(step: Step) -> None:
    """Raise an InputError where a tensor that the step uses, such as a weight, is no longer what it was."""
    for tensor, version in step.call.versions:
        if tensor._version != version:
            raise InputError(
                f"a tensor that {step.name} uses has been changed since this trace was made; explain the image again"
            )


@contextmanager
def drawn_again(step: Step) -> Iterator[None]:
    """With the random numbers that the step drew, if it drew any; afterwards as they are now."""
    if step.call.random is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(step.call.random)
        yield
