"""Where a Keras model's layers were made and called: lines of the user's file, or of a listing of its configuration."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from types import CodeType, FrameType
from typing import Any

from fivebyfive.explain.definitions import Definitions
from fivebyfive.explain.source import Files, Function, Line, Stack, Stacks, is_users, line_at
from fivebyfive.explain.sources.keras.listing import Listing, listed
from fivebyfive.explain.step import Source
from fivebyfive.networks import keras_lines
from fivebyfive.networks.keras_lines import Frames

RUNS = 1 << 40
"""Where the numbers of functions' runs begin that ended before the model ran."""


class Places:
    """The lines of one model.

    Attributes:
        definitions: the line that made each layer, by its path.
        texts: the listing, by its name, where there is no code.
    """

    def __init__(self, model: Any, paths: Sequence[tuple[str, Any]], name: str) -> None:
        self._model = model
        self._listing: Listing | None = None
        if not any(lines_of(keras_lines.made(layer)) for _, layer in paths) and not _has_code(model):
            with keras_lines.noted():  # a configuration may bring TensorFlow in, which would greet
                self._listing = listed(model, paths, name)
        self.texts: Mapping[str, str] = {} if self._listing is None else {self._listing.file: self._listing.text}
        self.definitions: dict[str, Line] = {}
        for path, layer in paths:
            line = self._made(layer)
            if line is not None:
                self.definitions[path] = line

    def _made(self, layer: Any) -> Line | None:
        if self._listing is not None:
            return self._listing.made.get(id(layer))
        lines = lines_of(keras_lines.made(layer))
        return lines[-1] if lines else None

    def nearest(self, path: str) -> Line | None:
        """The line that made the layer at `path`; of what Keras makes within one, the line that made that."""
        parts = path.split(".") if path else []
        found = (self.definitions.get(".".join(parts[:cut])) for cut in range(len(parts), 0, -1))
        return next((line for line in found if line is not None), None)

    def of_node(self, node: Any, model: Any) -> tuple[Line, ...]:
        """The lines that called a layer on symbols, from the function in which its model was put together; of one that
        Keras calls, in a Sequential, the line that made it.
        """
        if self._listing is not None:
            line = self._listing.called.get(id(node)) or self._listing.made.get(id(node.operation))
            return () if line is None else (line,)
        frames = keras_lines.called(node)
        if any(frame.code.co_filename.endswith(_BUILDERS) for frame in frames):
            whole = hasattr(node.operation, "_operations")  # a model has lines of its own
            return () if whole else lines_of(keras_lines.made(node.operation))[-1:]
        lines = lines_of(frames)
        shared = 0
        for here, there in zip(lines_of(keras_lines.made(model)), lines, strict=False):
            if here.frame != there.frame:
                break
            shared += 1
        return lines[max(shared - 1, 0) :]

    def ends(self) -> tuple[Line | None, Line | None]:
        """The lines where the image enters and where the answer leaves, of what is no class of the user's."""
        if self._listing is not None:
            return self._listing.ends
        entered = [lines_of(keras_lines.made(layer)) for layer in _inputs(self._model)]
        begin = entered[0][-1] if entered and entered[0] else None
        home = lines_of(keras_lines.made(self._model))
        return begin, home[-1] if home and hasattr(self._model, "_operations") else None


class Defined:
    """What `Lines` asks: where layers were made, and the ends of the code that is shown."""

    def __init__(self, network: Any, places: Places, files: Files) -> None:
        self._places, self._files = places, files
        self._read = Definitions(network, files)

    def line(self, path: str) -> Source | None:
        """The line that made the layer at `path`."""
        line = self._places.nearest(path)
        return None if line is None else self._files.source(line)

    def ends(self, function: Function | None) -> tuple[Source | None, Source | None]:
        """The lines where the image enters and where the answer leaves."""
        said = self._places.ends()
        begin, end = (None if line is None else self._files.source(line) for line in said)
        if begin is not None or function is None:
            return begin, end
        return self._read.ends(function)


class KerasStacks(Stacks):
    """Reads stacks; a layer that a functional model runs stands on the lines that called it on symbols."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._places = places
        self._graph: CodeType = sys.modules["keras.src.ops.function"].Function._run_through_graph.__code__
        call = sys.modules["keras.src.layers.layer"].Layer.__call__
        self._call: CodeType = inspect.unwrap(call).__code__

    def _with(self, stack: Stack, frame: FrameType) -> Stack:
        if frame.f_code is self._call:  # it converts what it takes before the module is called
            return Stack(stack.lines, stack.depths, (*stack.modules, frame.f_locals["self"]))
        if frame.f_code is not self._graph:
            around = super()._with(stack, frame)
            return stack if around.modules[-2:-1] == around.modules[-1:] else around
        found = frame.f_locals
        lines = self._places.of_node(found.get("node"), found["self"]) if self._is_told(stack) else ()
        depth = len(stack.modules)
        return Stack((*stack.lines, *lines), (*stack.depths, *(depth for _ in lines)), stack.modules)

    def _is_told(self, stack: Stack) -> bool:
        """Whether no code of the user's is running, of which a model in it would be one call."""
        return not stack.lines or stack.lines[-1].frame >= RUNS or bool(self._places.texts)


def lines_of(frames: Frames) -> tuple[Line, ...]:
    """The user's own of the frames, as lines."""
    return tuple(
        line_at(frame.code, frame.instruction, RUNS + frame.run)
        for frame in frames
        if is_users(frame.code.co_filename) and not frame.code.co_filename.startswith("<")
    )


_BUILDERS = ("/models/sequential.py", "/models/cloning.py", "/saving/serialization_lib.py")
"""Files of Keras that call layers in the user's place."""


def _inputs(model: Any) -> list[Any]:
    layers = getattr(model, "_operations", None) or model._layers
    return [layer for layer in layers if type(layer).__name__ == "InputLayer"]


def _has_code(model: Any) -> bool:
    """Whether the model is of a class that the user wrote."""
    return not type(model).__module__.startswith(("keras.", "tensorflow."))
