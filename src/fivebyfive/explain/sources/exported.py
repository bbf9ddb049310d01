"""An exported program of PyTorch, ``FILE.pt2`` or what ``torch.export.export`` gives: its operations are the code.

The file is read here, as JSON and bytes, and not by ``torch.export.load``, which unpickles example inputs and gives
texts to a parser of formulas that runs them. Only operations of PyTorch's own ``aten`` that change nothing run.

Source of the format: torch/_export/serde/schema.py of PyTorch 2.13
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.graph import Graph, Input, Node, Orientation
from fivebyfive.explain.program import Program
from fivebyfive.explain.source import Line
from fivebyfive.explain.sources import archive, aten
from fivebyfive.explain.sources.listing import Listing
from fivebyfive.explain.sources.tracebacks import Lines, frames

Json = Mapping[str, Any]
FORMATS = {1: torch.contiguous_format, 2: torch.channels_last, 3: torch.channels_last_3d, 4: torch.preserve_format}
PLAIN = ("as_int", "as_ints", "as_bool", "as_bools", "as_string", "as_strings")
SYMBOLS = ("as_sym_int", "as_sym_float", "as_sym_bool")


def read(path: Path) -> Program:
    """The program in a .pt2 file.

    Raises:
        InputError: there is none, it is damaged, or holds an operation that cannot be run here.
    """
    with archive.opened(path) as file:
        return _program(file, path.name)


def as_network(exported: Any) -> Program:
    """The program that ``torch.export.export`` gave."""
    kept = io.BytesIO()
    torch.export.save(exported, kept)
    kept.seek(0)
    with archive.of_bytes(kept) as file:
        return _program(file, "exported")


def _program(file: archive.Archive, name: str) -> Program:
    try:
        return Program(_Reader(file, name).graph())
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError, RecursionError) as error:
        raise InputError(
            f"{file.name} cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:200]}); it is "
            "damaged, or of another version of PyTorch: write it again with torch.export.save"
        ) from None


@dataclass(frozen=True)
class _Value:
    """Stands for the value of that place among a node's inputs."""

    place: int


class _Reader:
    """Makes a graph of the JSON."""

    def __init__(self, file: archive.Archive, name: str) -> None:
        module = file.program()["graph_module"]
        self._graph: Json = module["graph"]
        self._signature: Json = module["signature"]
        self._tensors = file.tensors("weights") | file.tensors("constants")
        self._name = name
        self._named: dict[str, str] = {}
        """Values of weights by what the graph calls them."""

    def graph(self) -> Graph:
        """The whole of it."""
        inputs, constants, learned = self._given()
        known, listing = Lines(), Listing(self._name)
        said = self._graph["nodes"]
        users = [known.of(frames(_metadata(node, "stack_trace"))) for node in said]
        own = all(lines for node, (lines, _) in zip(said, users, strict=True) if _is_step(node))
        begin = None if own else listing.line(f"{', '.join(given.name for given in inputs)} = ...  # what is given")
        nodes = []
        for node, (lines, depths) in zip(said, users, strict=True):
            op, run = aten.function(str(node["target"]))
            names, placed, keywords = self._arguments(node)
            modules = tuple(_modules(node))
            if not own:
                lines, depths = (self._listed(listing, node, op, names, placed, keywords),), ()
                modules = modules if _is_layers(node) else (str(node["name"]),)
            nodes.append(
                Node(op, names, tuple(_outputs(node)), partial(_run, run, placed, keywords), lines, depths, modules)
            )
        returned = [spec["user_output"]["arg"] for spec in self._signature["output_specs"] if "user_output" in spec]
        outputs = tuple(argument["as_tensor"]["name"] for argument in returned if "as_tensor" in argument)
        ends = (begin, listing.line(f"return {', '.join(outputs)}")) if begin is not None else _ends(nodes)
        return Graph(
            framework="",
            name=self._name,
            inputs=tuple(inputs),
            outputs=outputs,
            nodes=nodes,
            constants=constants,
            learned=frozenset(learned),
            texts={} if own else {self._name: listing.text()},
            ends=ends,
        )

    def _given(self) -> tuple[list[Input], dict[str, Tensor], set[str]]:
        """What is given, what is constant, and what of it was learned."""
        inputs: list[Input] = []
        constants: dict[str, Tensor] = {}
        learned: set[str] = set()
        for spec in self._signature["input_specs"]:
            ((sort, about),) = spec.items()
            if sort == "user_input":
                inputs.append(self._input(about["arg"]["as_tensor"]["name"]))
                continue
            name = about[{"parameter": "parameter_name", "buffer": "buffer_name"}.get(sort, "tensor_constant_name")]
            self._named[about["arg"]["name"]] = name
            constants[name] = self._tensors[name]
            if sort == "parameter":
                learned.add(name)
        return inputs, constants, learned

    def _input(self, name: str) -> Input:
        meta = self._graph["tensor_values"][name]
        shape = [size.get("as_int") for size in meta["sizes"]]
        shape = [None if i == 0 else n for i, n in enumerate(shape)] if shape[:1] != [1] else shape
        return Input(name, tuple(shape), archive.DTYPES[meta["dtype"]], _orientation(shape))

    def _arguments(self, node: Json) -> tuple[tuple[str, ...], list[Any], dict[str, Any]]:
        """The names of the values that it takes; its arguments by place and by name, where `_Value`s stand for them."""
        names: list[str] = []
        placed: list[Any] = []
        keywords: dict[str, Any] = {}
        for argument in node["inputs"]:
            value = self._argument(argument["arg"], names)
            if argument.get("kind", 1) == 1 and not argument["name"]:
                placed.append(value)
            else:
                keywords[argument["name"]] = value
        return tuple(names), placed, keywords

    def _argument(self, said: Json, names: list[str]) -> Any:
        ((sort, value),) = said.items()
        if sort in ("as_float", "as_floats"):  # infinity is a text in JSON
            return float(value) if sort == "as_float" else [float(n) for n in value]
        if sort in PLAIN:
            return value
        if sort == "as_none":
            return None
        if sort == "as_tensor":
            return self._value(value["name"], names)
        if sort == "as_tensors":
            return [self._value(tensor["name"], names) for tensor in value]
        if sort in SYMBOLS:
            return self._symbol(value, names)
        if sort in ("as_sym_ints", "as_sym_floats", "as_sym_bools"):
            return [self._symbol(inner, names) for inner in value]
        if sort == "as_optional_tensors":
            return [self._argument(inner, names) for inner in value]
        if sort == "as_scalar_type":
            return archive.DTYPES[value]
        if sort == "as_device":
            return torch.device("cpu")
        if sort == "as_layout":
            return torch.strided
        if sort == "as_memory_format":
            return FORMATS[value]
        raise InputError(f"{self._name} has an argument of a sort that is not known here, {sort[:60]}")

    def _symbol(self, said: Json, names: list[str]) -> Any:
        ((sort, value),) = said.items()
        return self._value(value, names) if sort == "as_name" else value

    def _value(self, name: str, names: list[str]) -> _Value:
        name = self._named.get(name, name)
        if name not in names:
            names.append(name)
        return _Value(names.index(name))

    def _listed(
        self, listing: Listing, node: Json, op: str, names: tuple[str, ...], placed: list[Any], keywords: dict[str, Any]
    ) -> Line:
        shown = [*placed, *(value for value in keywords.values() if isinstance(value, _Value))]
        inputs = [names[value.place] if isinstance(value, _Value) else repr(value) for value in shown]
        options = {name: _bare(value, names) for name, value in keywords.items() if not isinstance(value, _Value)}
        return listing.add(_outputs(node), op, inputs, options)


def _run(function: Any, placed: list[Any], keywords: Mapping[str, Any], *inputs: Any) -> Any:
    return function(*(_filled(v, inputs) for v in placed), **{k: _filled(v, inputs) for k, v in keywords.items()})


def _filled(value: Any, inputs: tuple[Any, ...]) -> Any:
    """The argument, with the values where `_Value`s stand."""
    if isinstance(value, _Value):
        return inputs[value.place]
    return [_filled(inner, inputs) for inner in value] if isinstance(value, list) else value


def _bare(value: Any, names: tuple[str, ...]) -> Any:
    """The argument to be read in a listing."""
    if isinstance(value, list):
        return [_bare(inner, names) for inner in value]
    return names[value.place] if isinstance(value, _Value) else value


def _ends(nodes: Sequence[Node]) -> tuple[Line | None, Line | None]:
    """The lines of the first and of the last operation that have any."""
    lines = [node.lines[0] for node in nodes if node.lines]
    return (lines[0], lines[-1]) if lines else (None, None)


def _metadata(node: Json, key: str) -> str:
    return str((node.get("metadata") or {}).get(key, ""))


def _entries(node: Json) -> Iterator[list[str]]:
    """Of each module that was running, outermost first, its path and its class."""
    for entry in _metadata(node, "nn_module_stack").split(";"):
        parts = entry.split(",")
        if len(parts) == 3 and not entry.startswith("_empty"):
            yield parts[1:]


def _modules(node: Json) -> Iterator[str]:
    """The paths of the modules that were running, but for the network itself."""
    yield from (path for path, _ in _entries(node) if path)


def _is_layers(node: Json) -> bool:
    """Whether a layer of PyTorch's own called it."""
    entries = list(_entries(node))
    return bool(entries) and bool(entries[-1][0]) and entries[-1][1].startswith("torch.nn.")


def _is_step(node: Json) -> bool:
    """Whether it makes a tensor; sizes are made without any line of the user's."""
    return any("as_tensor" in output or "as_tensors" in output for output in node["outputs"])


def _outputs(node: Json) -> Iterator[str]:
    for output in node["outputs"]:
        ((sort, value),) = output.items()
        if sort == "as_tensors":
            yield from (tensor["name"] for tensor in value)
        elif sort in SYMBOLS:
            yield str(value.get("as_name", ""))
        else:
            yield str(value["name"]) if isinstance(value, Mapping) else ""


def _orientation(shape: list[int | None]) -> Orientation:
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return "NCHW"
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return "NHWC"
    if len(shape) == 2 and shape[1] is not None:
        return "flat"
    return ""
