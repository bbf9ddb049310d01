"""Padding that a convolution module does by a call of its own: it is a part of the convolution, not a step.

``nn.Conv2d(…, padding_mode="reflect")`` pads first and convolves then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass
class Padded:
    """What such a call padded, by how much, and how."""

    origin: Any
    sides: tuple[tuple[int, int], ...]
    mode: str
    tensor: Tensor = field(repr=False)


class Padding:
    """Keeps what modules padded until the convolution that follows."""

    def __init__(self) -> None:
        self._padded: dict[int, Padded] = {}

    def __contains__(self, tensor: Tensor) -> bool:
        return id(tensor) in self._padded

    def add(self, values: Mapping[str, Any], output: Tensor) -> None:
        """Keep the call of ``F.pad`` that gave `output`."""
        mode = values.get("mode", "constant")
        self._padded[id(output)] = Padded(values["input"], _sides(values["pad"]), mode, output)

    def undone(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A convolution of what its module has padded itself, as a convolution of what came in; and its attributes."""
        padded = self._padded.pop(id(values.get("input")), None)
        if padded is None:
            return dict(values), {}
        names = {"constant": "zeros"}
        found = {"padding": padded.sides, "padding_mode": names.get(padded.mode, padded.mode)}
        return {**values, "input": padded.origin}, found


def _sides(pad: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """F.pad's (left, right, top, bottom) as ((top, bottom), (left, right))."""
    sides = tuple((pad[i], pad[i + 1]) for i in range(0, len(pad), 2))[::-1]
    return ((0, 0), *sides) if len(sides) == 1 else sides
