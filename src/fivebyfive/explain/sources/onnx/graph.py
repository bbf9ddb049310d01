"""From a model to a graph: what is given, what comes out, and who is asked for the values."""

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError
from fivebyfive.explain.graph import Graph, Input, Orientation
from fivebyfive.explain.sources.onnx import names
from fivebyfive.explain.sources.onnx.building import Builder
from fivebyfive.explain.sources.onnx.reference import Reference, version
from fivebyfive.explain.sources.onnx.tensors import DTYPES

CLASSES = ("names", "classes", "labels", "class_names")
"""Keys of a model's metadata under which exporters write the names of its classes."""
LONGEST_METADATA = 1 << 20
MOST_CLASSES = 100_000
LABELS = (2, 3, 5, 6, 7, 8)
"""ONNX's numbers of types that labels have: whole numbers and words."""


def of(model: Any, name: str, folder: Path | None, files: Sequence[Path]) -> Graph:
    """The graph of a model.

    Args:
        files: those in `folder` in which it keeps weights.

    Raises:
        InputError: it takes what cannot be explained, or claims what it does not hold.
    """
    inlined = _inlined(model)
    builder = Builder(inlined, name, folder)
    given = [(_input(value, builder), value.name) for value in _given(inlined.graph)]
    body = builder.whole(given)
    outputs = _outputs(inlined, body.values)
    inputs = tuple(found for found, _ in given)
    nodes, texts, ends = builder.writer.finish(body.nodes, inputs, outputs)
    needed = {value for node in nodes for value in node.inputs} | set(outputs)
    constants = {key: value for key, value in builder.constants.items() if key in needed}
    theirs = {found.name: value for found, value in given}
    return Graph(
        framework=f"ONNX Runtime {version()}",
        name=name,
        inputs=inputs,
        outputs=outputs,
        nodes=nodes,
        constants=constants,
        learned=frozenset(builder.learned & constants.keys()),
        reference=Reference(inlined, theirs, builder.fetched, folder if files else None, files),
        texts=texts,
        ends=ends,
        classes=_classes(model) or builder.classes,
    )


def _inlined(model: Any) -> Any:
    """The model with its own functions put in place."""
    if not model.functions:
        return model
    import onnx.inliner

    return onnx.inliner.inline_local_functions(model)


def _given(graph: Any) -> list[Any]:
    """What is given; old models list their weights there, too."""
    own = {tensor.name for tensor in (*graph.initializer, *(s.values for s in graph.sparse_initializer))}
    return [value for value in graph.input if value.name not in own]


def _input(value: Any, builder: Builder) -> Input:
    tensor = value.type.tensor_type
    dtype = DTYPES.get(tensor.elem_type)
    if dtype is None:
        raise InputError(f"its input {ascii(value.name)[:60]} is no tensor of numbers, which alone can be explained")
    said = [dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in tensor.shape.dim]
    orientation = _orientation(said)
    if orientation and said[0] not in (None, 1):
        raise InputError(
            f"it takes {said[0]} pictures at a time, and one is explained; export it with a free (dynamic) batch, or "
            "for one picture"
        )
    name = builder.unique.name(names.clean(value.name.partition(":")[0]).replace(".", "_") or "input")
    return Input(name, tuple(said), dtype, orientation)


def _orientation(shape: Sequence[int | None]) -> Orientation:
    """How pictures are given, by the sizes: channels are few."""
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return "NCHW"
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return "NHWC"
    if len(shape) == 4 and shape[1:] == [None, None, None]:
        return "NCHW"
    if len(shape) == 3 and shape[1] == shape[2] is not None:
        return "NHW"
    return "flat" if len(shape) == 2 and shape[1] is not None else ""


def _outputs(model: Any, values: Mapping[str, str]) -> tuple[str, ...]:
    """Each value that is returned, once; a classifier's numbers before the label that is made of them."""
    found = [output for output in model.graph.output if output.name in values]
    if any(opset.domain == "ai.onnx.ml" for opset in model.opset_import):
        found.sort(key=lambda output: output.type.tensor_type.elem_type in LABELS)
    if not found:
        raise InputError("it returns no tensor")
    return tuple(dict.fromkeys(values[output.name] for output in found))


def _classes(model: Any) -> tuple[str, ...] | None:
    """The names of the classes from the model's metadata: a list, or a dictionary by their numbers."""
    said = {entry.key: entry.value for entry in model.metadata_props}
    for key in CLASSES:
        text = said.get(key, "")
        if not 0 < len(text) <= LONGEST_METADATA:
            continue
        found = _literal(text)
        if isinstance(found, dict) and all(str(k).isdigit() for k in found):
            numbered = {int(k): v for k, v in found.items()}
            found = [numbered[i] for i in sorted(numbered)] if sorted(numbered) == list(range(len(numbered))) else None
        if isinstance(found, list) and 1 < len(found) <= MOST_CLASSES and all(isinstance(n, (str, int)) for n in found):
            return tuple(str(n)[:200] for n in found)
    return None


def _literal(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return [part.strip() for part in text.split(",")] if "," in text and "{" not in text else None
