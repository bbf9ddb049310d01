"""A trace validated by replay: every step's function is run again on what the trace says went in.

What comes out must be what the trace holds, bit for bit: so the trace is what the network did, and neither a value that
was overwritten later nor a step that was put in the wrong place goes unnoticed.

Source of the idea: Taylor, Kriegeskorte, Extracting and visualizing hidden activations and computational graphs of
PyTorch models with TorchLens, https://doi.org/10.1038/s41598-023-40807-0
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain.alone import run_alone
from fivebyfive.explain.step import Step

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
    before = torch.get_rng_state()
    try:
        found = run_alone(step)
    except Exception as error:  # of a stranger's operation
        raise _Skipped(f"run alone it fails: {' '.join(str(error).split()) or type(error).__name__}") from error
    finally:
        random = not torch.equal(before, torch.get_rng_state())
        torch.set_rng_state(before)
    if random:
        raise _Skipped("it draws at random")
    if found is None or found.shape != step.output.shape:
        raise _Skipped("run alone it gives another shape")
    return found


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
