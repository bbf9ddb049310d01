"""A foreign network as plain data: its values by name, and the nodes that make them, in the order in which they run.

A source (`sources/`) reads a file or a framework's own object and gives a `Graph`; `program.py` runs it.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.explain.source import Line

Array = npt.NDArray[Any]
Orientation = Literal["NCHW", "NHWC", "NHW", "flat", ""]
"""How a batch of pictures is given: "NHW" without channels, "flat" as lists of pixels; "" for what is no picture."""


@dataclass(frozen=True, eq=False)
class Node:
    """One operation of the foreign network.

    Attributes:
        op: what its framework calls it: "Conv", "MaxPool".
        inputs: the names of the values that it takes; "" for one that is left out.
        outputs: the names of the values that it makes.
        run: the same in calls that the kinds know, from the inputs' tensors (None for one left out) to the outputs',
            which may be plain numbers, too;
            None where no table knows it: then it is a step with the value that the framework gave. Where other nodes
            are within it, a branch or a loop, it gives them one by one (`Within`).
        lines: the user's lines that lead to it, outermost first.
        depths: for each line how many layers were running, the network itself counted as one; 0 for a line that only
            calls it. By default all stand in what is around the last of `modules`.
        modules: the paths of the layers that it stands in, outermost first: ("block1", "block1.conv"). Its steps are
            called by the last one; () where they are to be called by the variable that the line assigns.
        folds_padding: a pad that `run` does before its convolution is a part of the convolution.
        of_shape: it looks at the shapes of its inputs only, and so is no step.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    run: Callable[..., Any] | None = None
    lines: tuple[Line, ...] = ()
    depths: tuple[int, ...] = ()
    modules: tuple[str, ...] = ()
    folds_padding: bool = False
    of_shape: bool = False


Within = Generator[tuple[Node, Sequence[Any]], Sequence[Any], Any]
"""Nodes within another one, each with its inputs, as they come; it is sent what each made, and returns the outputs."""


@dataclass(frozen=True)
class Input:
    """What is given to the network.

    Attributes:
        shape: with the batch in front; None for a size that is free.
        orientation: how a picture becomes it.
        largest: what a white pixel is: 1.0, or 255.0 for a network that brings bytes down itself.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: torch.dtype = torch.float32
    orientation: Orientation = ""
    largest: float = 1.0

    def text(self) -> str:
        """Its name and shape, to be read."""
        return f"{self.name} [{', '.join('?' if n is None else str(n) for n in self.shape)}]"


@dataclass(frozen=True, eq=False)
class Graph:
    """A foreign network.

    Attributes:
        framework: who has the last word on its values: "ONNX Runtime 1.32"; "" where the nodes are PyTorch's own
            operations, so that there is nobody to be asked.
        name: what the network is called.
        outputs: the names of the values that it returns.
        constants: tensors by the names of their values; `learned` are those that training adjusts.
        reference: the framework's own values, of as many nodes' outputs as it tells, for given inputs; None where it is
            not there to be asked.
        texts: source files that are on no disk, by their names.
        definitions: the line that made each layer, by its path.
        ends: the lines where the image enters and where the answer leaves.
        notes: what a reader must know, one sentence each.
        classes: the names of its outputs, where it says them.
    """

    framework: str
    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    nodes: Sequence[Node]
    constants: Mapping[str, Tensor] = field(default_factory=dict)
    learned: frozenset[str] = frozenset()
    reference: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, Line] = field(default_factory=dict)
    ends: tuple[Line | None, Line | None] = (None, None)
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None


def as_tensor(array: Array) -> Tensor:
    """A framework's array as a tensor with memory of its own."""
    return torch.from_numpy(np.array(array, copy=True, order="C"))
