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
        mode = values.get("mode", "constant")
        self._padded[id(output)] = Padded(values["input"], _sides(values["pad"]), mode, output)

    def taken(self, values: Mapping[str, Any]) -> Padded | None:
        """What has been padded for the convolution with these arguments, and is one with it from now on."""
        return self._padded.pop(id(values.get("input")), None)


def _sides(pad: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """F.pad's (left, right, top, bottom) as ((top, bottom), (left, right))."""
    sides = tuple((pad[i], pad[i + 1]) for i in range(0, len(pad), 2))[::-1]
    return ((0, 0), *sides) if len(sides) == 1 else sides
