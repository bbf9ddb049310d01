"""A trace's steps run again from changed values on: what the network would have answered.

The trace holds every step's function and what it took, so the network itself is not needed: what does not hang on the
change is taken from the trace, the rest is run in its own precision, with the same random numbers. Decisions that the
code itself took (an `if` on a value) stay as they were.
"""

import contextlib
import warnings
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.alone import drawn_again, expect_unchanged, run_alone
from fivebyfive.explain.step import Step


def rerun(steps: Sequence[Step], changes: Mapping[int, Tensor], wanted: Step) -> Tensor:
    """The output of `wanted`, were the outputs of the steps in `changes` (by their indices) these.

    Raises:
        InputError: a step on the way cannot be run again.
    """
    values = dict(changes)
    needed = _on_the_way(steps, set(changes), wanted)
    for step in steps[: wanted.index + 1]:
        if step.index in needed and step.index not in values:
            values[step.index] = _again(step, values)
    return values.get(wanted.index, wanted.output)


def rerun_each(steps: Sequence[Step], start: Step, changed: Tensor, wanted: Step) -> Tensor:
    """`rerun` for each of many outputs of `start`, [n, …]: [n, … of wanted]. All at once where PyTorch can do that.

    Raises:
        InputError: a step on the way cannot be run again.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever is said of the operations was said when they ran first
        with contextlib.suppress(Exception):  # an operation that cannot take many at once; then one after the other
            return torch.func.vmap(lambda one: rerun(steps, {start.index: one}, wanted), randomness="same")(changed)
        return torch.stack([rerun(steps, {start.index: one}, wanted) for one in changed])


def _on_the_way(steps: Sequence[Step], changed: set[int], wanted: Step) -> set[int]:
    """The steps that hang on a change, and that `wanted` hangs on."""
    hanging = set(changed)
    for step in steps[: wanted.index + 1]:
        if any(origin.index in hanging for origin in step.origins):
            hanging.add(step.index)
    needed = {wanted.index}
    for step in reversed(steps[: wanted.index + 1]):
        if step.index in needed and step.index not in changed:
            needed |= {origin.index for origin in step.origins}
    return hanging & needed


def _again(step: Step, values: Mapping[int, Tensor]) -> Tensor:
    if step.kind == "output":
        return values[step.origins[0].index]
    if step.call.function is None:
        raise InputError(f"{step.name} was made where Python cannot watch, so nothing after it can be run again")
    expect_unchanged(step)
    try:
        with drawn_again(step):
            found = run_alone(step, values)
    except Exception as error:  # of a stranger's operation
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{step.name} ({step.op}) cannot be run again: {said}") from error
    if found is None:
        raise InputError(f"{step.name} ({step.op}) gives something else when it is run again")
    return found
