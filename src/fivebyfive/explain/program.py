"""Runs a foreign network's graph, node by node, so that it is recorded like any other; and compares what comes out.

Each node is run by calls that the kinds know, on its own line of the user's code. What no table knows, or what a call
refuses, is a step that has the value which the framework gave.
"""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import handle_torch_function, has_torch_function

from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.agreement import Agreement, Unasked, difference
from fivebyfive.explain.definitions import ends_of
from fivebyfive.explain.given import Given
from fivebyfive.explain.graph import Array, Graph, Input, Node, Within, as_tensor
from fivebyfive.explain.layout import Size
from fivebyfive.explain.source import NOWHERE, Files, Function, Stack
from fivebyfive.explain.step import Source
from fivebyfive.networks import as_input


class Place(nn.Module):
    """A layer of the foreign network, which stands for it in names and holds what it has learned."""

    folds_padding = False


class Program(nn.Module):
    """A foreign network, ready to run.

    Attributes:
        agreement: how the last run compares with the framework's own values.
        plumbing: operations that are no steps; there are none.
        shape: (height, width, channels) of its pictures, where it says them; None where a size is free.
        channels: of its pictures; None where they are free.
        pixels: how many values a picture has, for a network that takes flat lists of them.
        layout: how it takes a batch of pictures, as `networks.as_input` reads it.
    """

    plumbing: frozenset[str] = frozenset()

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.agreement = Agreement(graph.framework)
        first = graph.inputs[0] if len(graph.inputs) == 1 else Input("", ())
        self.shape, self.layout = _size(first), first.orientation
        taken = {"NCHW": first.shape[1:2], "NHWC": first.shape[3:4], "NHW": (1,)}.get(first.orientation, ())
        self.channels = next(iter(taken), None)
        self.pixels = first.shape[1] if first.orientation == "flat" else None
        self._values = dict(graph.constants)
        self._stacks = [self._stack(node) for node in graph.nodes]
        for name in graph.constants:
            if name in graph.learned:
                self._values[name] = self._learned(name, graph.constants[name])
        self._silent = _silent(graph)
        self._here = NOWHERE
        self._theirs: Mapping[str, Array] = {}
        self._refused: dict[str, str] = {}
        self.eval()

    def take(self, images: Tensor) -> Tensor:
        """Pictures [N, H, W, C] of bytes as the network takes them.

        Raises:
            InputError: it takes no pictures, or several things.
        """
        wanted = self.graph.inputs[0] if len(self.graph.inputs) == 1 else None
        if wanted is None or not wanted.orientation:
            takes = ", ".join(given.text() for given in self.graph.inputs) or "nothing"
            raise InputError(f"{self.graph.name} takes no picture but {takes}; give tensors, from Python")
        x = as_input(images, self)
        if not wanted.dtype.is_floating_point:
            return (x * 255.0).round().to(wanted.dtype)
        x = x.to(wanted.dtype)
        return x if wanted.largest == 1.0 else x * wanted.largest

    def expect(self, given: Given) -> None:
        """Ask the framework for its own values of what is given, before the forward that is compared with them.

        Raises:
            Failure: it refuses.
        """
        inputs = {name: x.detach().numpy() for name, x in self._named(given.arguments, given.keywords).items()}
        self._refused = {}
        self.agreement = Agreement(self.graph.framework)
        if self.graph.reference is None:
            return
        try:
            self._theirs = self.graph.reference(inputs)
        except (Failure, InputError, KeyboardInterrupt):
            raise
        except Unasked as error:
            self.agreement = replace(self.agreement, unasked=str(error))
        except Exception as error:  # a framework may refuse in any way
            raise Failure(
                f"{self.graph.framework} cannot run {self.graph.name} on {given.shapes()}: {_first(error)}"
            ) from error

    def read(self, frame: FrameType | None, until: CodeType) -> Stack:
        """Where the node stands that is running."""
        del frame, until
        return self._here

    def forget(self) -> None:
        """Let go what was kept for one run."""
        self._theirs = {}

    def compare(self, outputs: Sequence[tuple[str, Tensor]]) -> None:
        """Nothing is left to compare: each node was, when it ran."""

    def recorded(self) -> AbstractContextManager[None]:
        """What is entered while it is recorded: nothing."""
        return nullcontext()

    @property
    def stacks(self) -> "Program":
        """Who reads where the code stands: itself."""
        return self

    @property
    def texts(self) -> Mapping[str, str]:
        """Source files that are on no disk, by their names."""
        return self.graph.texts

    def defined(self, files: Files) -> "Defined":
        """Which line made each layer."""
        return Defined(self.graph, files)

    def forward(self, *inputs: Tensor, **named: Tensor) -> Any:
        """Run all nodes on the inputs, in the order of `graph.inputs` or by name."""
        values: dict[str, Any] = self._values | self._named(inputs, named)
        for node, stack in zip(self.graph.nodes, self._stacks, strict=True):
            self._here = stack
            given = [values[name] if name else None for name in node.inputs]
            if id(node) in self._silent:
                with torch._C.DisableTorchFunction():
                    made = self._run(node, given)
                values |= zip(node.outputs, made, strict=False)
                continue
            for name, value in zip(node.outputs, self._run(node, given), strict=False):
                values[name] = value
        self._here = NOWHERE
        outputs = [values[name] for name in self.graph.outputs]
        return outputs[0] if len(outputs) == 1 else dict(zip(self.graph.outputs, outputs, strict=True))

    def remarks(self) -> list[str]:
        """What a reader must know about it, and how it compares."""
        unknown = Counter(node.op for node in self.graph.nodes if node.run is None)
        said = [f"{op}{f' ({count} times)' if count > 1 else ''} is not known here: its step has the value that "
                f"{self.graph.framework} gave." for op, count in unknown.items()]  # fmt: skip
        said += [f"{name} could not be run here ({reason}): its step has the value that {self.graph.framework} gave."
                 for name, reason in self._refused.items()]  # fmt: skip
        return [*self.graph.notes, *said, *([self.agreement.sentence()] if self.graph.framework else [])]

    def _named(self, inputs: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Tensor]:
        """What is given, by the inputs' names.

        Raises:
            InputError: some are missing, or too many, or no tensors.
        """
        names = [given.name for given in self.graph.inputs]
        found = dict(zip(names, inputs, strict=False)) | dict(named)
        if (
            len(inputs) > len(names)
            or found.keys() != set(names)
            or not all(isinstance(x, Tensor) for x in found.values())
        ):
            takes = ", ".join(given.text() for given in self.graph.inputs)
            raise InputError(f"{self.graph.name} takes {takes}; give one tensor for each, in a tuple or by name")
        return found

    def _run(self, node: Node, inputs: Sequence[Any]) -> Sequence[Any]:
        theirs = [self._theirs.get(name) if name else None for name in node.outputs]
        if node.run is None:
            return self._foreign(node, inputs, theirs, "")
        try:
            result = node.run(*inputs)
            if isinstance(result, Generator):
                result = self._inner(result)
        except Exception as error:  # foreign arguments may be refused in any way
            return self._foreign(node, inputs, theirs, _first(error))
        made = list(result) if isinstance(result, (list, tuple)) else [result]
        with torch._C.DisableTorchFunction():
            self._compare(node, made, theirs)
        return made

    def _inner(self, taken: Within) -> Any:
        """Run the nodes within another one, each on its own line, as they come."""
        made: Sequence[Any] | None = None
        around = self._here
        try:
            while True:
                node, inputs = next(taken) if made is None else taken.send(made)
                self._here = self._stack(node)
                made = self._run(node, inputs)
                self._here = around
        except StopIteration as end:
            return end.value
        finally:
            self._here = around

    def _compare(self, node: Node, made: Sequence[Any], theirs: Sequence[Array | None]) -> None:
        for name, ours, array in zip(node.outputs, made, theirs, strict=False):
            if not name or not isinstance(ours, Tensor):
                continue
            apart = None
            if array is not None:
                apart = difference(ours, torch.from_numpy(array) if array.flags.writeable else as_tensor(array))
            self.agreement = self.agreement.and_of(name, apart)

    def _foreign(self, node: Node, inputs: Sequence[Any], theirs: Sequence[Array | None], reason: str) -> Sequence[Any]:
        """The framework's own values, as a step of which nothing more is known."""
        wanted = [(name, array) for name, array in zip(node.outputs, theirs, strict=True) if name]
        if any(array is None for _, array in wanted):
            what = f"{node.op} ({wanted[0][0] if wanted else 'without a name'})"
            said = f"{self.graph.name}: {what} {f'could not be run: {reason}' if reason else 'is not known here'}"
            why = f" ({self.agreement.unasked})" if self.agreement.unasked else ""
            asked = f", and {self.graph.framework} gave no value for it{why}"
            raise Failure(f"{said}{asked}" if self.graph.framework else said)
        if reason:
            self._refused[wanted[0][0]] = reason[:200]
        with torch._C.DisableTorchFunction():
            results = [torch.empty(0) if array is None else as_tensor(array) for array in theirs]
        made: Sequence[Tensor] = _Foreign(node.op, results)(*(x for x in inputs if isinstance(x, Tensor)))
        return made

    def _stack(self, node: Node) -> Stack:
        places = tuple(self._place(path, node.folds_padding) for path in node.modules)
        depths = node.depths or (max(1, len(places)),) * len(node.lines)
        return Stack(node.lines, depths, (self, *places))

    def _place(self, path: str, folds_padding: bool = False) -> nn.Module:
        """The layer at `path`, made where there is none."""
        place: nn.Module = self
        for part in path.split("."):
            inner = place._modules.get(part)
            if inner is None:
                inner = place._modules[part] = Place()
            place = inner
        if folds_padding and isinstance(place, Place):
            place.folds_padding = True
        return place

    def _learned(self, name: str, tensor: Tensor) -> nn.Parameter:
        path, _, last = name.rpartition(".")
        place = self._place(path) if path else self
        parameter = nn.Parameter(tensor, requires_grad=False)
        place._parameters[last] = parameter
        return parameter


class Defined:
    """Which line made each layer, and where the network begins and ends, as its graph says it."""

    def __init__(self, graph: Graph, files: Files) -> None:
        self._graph, self._files = graph, files

    def line(self, path: str) -> Source | None:
        """The line that made the layer at `path`; None where it is not known."""
        line = self._graph.definitions.get(path)
        return None if line is None else self._files.source(line)

    def ends(self, function: Function | None) -> tuple[Source | None, Source | None]:
        """The lines where the image enters and where the answer leaves: as the graph says, or a function's own."""
        begin, end = (None if line is None else self._files.source(line) for line in self._graph.ends)
        if begin is None and end is None and function is not None:
            return ends_of(function, self._files)
        return begin, end


class _Foreign:
    """A call that only the framework knows; it gives what the framework gave."""

    def __init__(self, op: str, results: Sequence[Tensor]) -> None:
        self.__name__ = op
        self._results = results

    def __call__(self, *inputs: Tensor) -> Any:
        if has_torch_function(inputs):
            return handle_torch_function(self, inputs, *inputs)
        return list(self._results)


def _silent(graph: Graph) -> set[int]:
    """The nodes that are no steps: what is worked out of shapes and constants alone, of nothing that was learned."""
    live = {given.name for given in graph.inputs} | graph.learned
    silent = set()
    for node in graph.nodes:
        if node.of_shape or (node.run is not None and not live & set(node.inputs)):
            silent.add(id(node))
        else:
            live |= set(node.outputs)
    return silent


def _first(error: Exception) -> str:
    """The first line of what an error says."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]


def _size(given: Input) -> Size | None:
    """(height, width, channels) of the pictures; None where one of them is free, or it takes none."""
    places = {"NCHW": (2, 3, 1), "NHWC": (1, 2, 3), "NHW": (1, 2)}.get(given.orientation)
    if places is None:
        return None
    found = [given.shape[place] for place in places] + [1] * (3 - len(places))
    return None if None in found else (found[0] or 0, found[1] or 0, found[2] or 0)
