"""A trace validated by replay: every step's function is run again on what the trace says went in.

What comes out must be what the trace holds, bit for bit: so the trace is what the network did, and neither a value that
was overwritten later nor a step that was put in the wrong place goes unnoticed.

Source of the idea: Taylor, Kriegeskorte, Extracting and visualizing hidden activations and computational graphs of
PyTorch models with TorchLens, https://doi.org/10.1038/s41598-023-40807-0
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain.given import named_tensors
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import HALVES

ROUNDING = 64
"""So many units in the last place are rounding: another thread or another memory format adds up in another order."""


@dataclass(frozen=True)
class Validation:
    """What a replay showed.

    Attributes:
        exact: how many steps gave the same again, bit for bit.
        rounded: the names of those that gave the same but for rounding.
        differing: the names of those that gave something else: there the trace is not what the network did.
        skipped: why a step could not be replayed, by its name.
    """

    exact: int
    rounded: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether nothing differs."""
        return not self.differing

    def __str__(self) -> str:
        said = [f"{self.exact:,} steps gave the same again, bit for bit"]
        for names, what in (
            (self.rounded, "the same but for rounding"),
            (self.differing, "something else"),
            (tuple(self.skipped), "not replayed"),
        ):
            if names:
                shown = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
                said.append(f"{len(names):,} {what} ({shown})")
        return "; ".join(said)


def validate(steps: Sequence[Step]) -> Validation:
    """Replay every step on the inputs that the trace holds."""
    exact, rounded, differing = 0, [], []
    skipped: dict[str, str] = {}
    for step in steps:
        try:
            again = _replayed(step)
        except _Skipped as reason:
            skipped[step.name] = str(reason)
            continue
        if again.dtype == step.output.dtype and torch.equal(_bits(again), _bits(step.output)):
            exact += 1
        elif _close(again, step.output):
            rounded.append(step.name)
        else:
            differing.append(step.name)
    return Validation(exact, tuple(rounded), tuple(differing), skipped)


class _Skipped(Exception):
    """Why a step cannot be replayed."""


def _replayed(step: Step) -> Any:
    if step.kind == "input":
        return step.output
    if step.kind == "output":
        return step.origins[0].output
    if step.call.function is None:
        raise _Skipped("it was made where Python cannot watch")
    if any(tensor._version != version for tensor, version in step.call.versions):
        raise _Skipped("a tensor that it uses has been changed since")
    arguments, keywords = _fresh(step.call.arguments), _fresh(dict(step.call.keywords))
    before = torch.get_rng_state()
    try:
        with torch.no_grad(), _precision(step):
            result = step.call.function(*arguments, **keywords)
    except Exception as error:  # of a stranger's operation
        raise _Skipped(f"run alone it fails: {' '.join(str(error).split()) or type(error).__name__}") from error
    finally:
        random = not torch.equal(before, torch.get_rng_state())
        torch.set_rng_state(before)
    if random:
        raise _Skipped("it draws at random")
    result = arguments[0] if step.op == "assign" else result
    tensors = [tensor for _, tensor in named_tensors(result)]
    part = step.attributes.get("part", 0)
    if part >= len(tensors) or tensors[part].shape != step.output.shape:
        raise _Skipped("run alone it gives another shape")
    return tensors[part]


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


def _fresh(value: Any) -> Any:
    """The arguments as they were, in memory of their own: an operation may overwrite them."""
    if isinstance(value, Step):
        return value.output.clone()
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _fresh(v) for key, v in value.items()}
    if isinstance(value, torch.Size):
        return value
    if isinstance(value, (tuple, list)):
        return type(value)([_fresh(v) for v in value])
    return value


def _bits(tensor: Tensor) -> Tensor:
    """NaN is NaN, whatever its bits."""
    tensor = torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor
    return torch.nan_to_num(tensor, nan=12345.0) if tensor.is_floating_point() else tensor


def _close(again: Tensor, recorded: Tensor) -> bool:
    if again.dtype != recorded.dtype or not again.is_floating_point():
        return False
    unit = torch.finfo(again.dtype).eps * ROUNDING
    size = float(recorded.nan_to_num(0, 0, 0).abs().max()) if recorded.numel() else 0.0
    return torch.allclose(again, recorded, rtol=unit, atol=unit * size, equal_nan=True)
