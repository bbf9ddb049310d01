"""Padding that a convolution module does by a call of its own: it is a part of the convolution, not a step.

``nn.Conv2d(…, padding_mode="reflect")`` pads first and convolves then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor


@dataclass
class Padded:
    """What such a call padded, by how much, and how."""

    origin: Any
    sides: tuple[tuple[int, int], ...]
    mode: str
    tensor: Tensor = field(repr=False)
    again: Callable[[Tensor], Tensor] = field(repr=False)

    def first(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The convolution `function` of what has not been padded yet."""

        def padded_first(input: Tensor, *rest: Any, **keywords: Any) -> Any:
            return function(self.again(input), *rest, **keywords)

        return padded_first

    def attributes(self) -> dict[str, Any]:
        """It as a convolution's own padding."""
        names = {"constant": "zeros"}
        return {"padding": self.sides, "padding_mode": names.get(self.mode, self.mode)}


class Padding:
    """Keeps what modules padded until the convolution that follows."""

    def __init__(self) -> None:
        self._padded: dict[int, Padded] = {}

    def __contains__(self, tensor: Tensor) -> bool:
        return id(tensor) in self._padded

    def add(self, values: Mapping[str, Any], output: Tensor) -> None:
        """Keep the call of ``F.pad`` that gave `output`."""
        mode, pad, filled = values.get("mode", "constant"), values["pad"], values.get("value")
        again = partial(F.pad, pad=tuple(pad), mode=mode, value=filled)
        self._padded[id(output)] = Padded(values["input"], _sides(pad), mode, output, again)

    def taken(self, arguments: Sequence[Any]) -> Padded | None:
        """What has been padded for the convolution with these arguments, and is one with it from now on."""
        return self._padded.pop(id(arguments[0]), None) if arguments else None


def _sides(pad: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """F.pad's (left, right, top, bottom) as ((top, bottom), (left, right))."""
    sides = tuple((pad[i], pad[i + 1]) for i in range(0, len(pad), 2))[::-1]
    return ((0, 0), *sides) if len(sides) == 1 else sides
