"""What a model may claim: a file from a stranger is data, reads nothing elsewhere, and takes no memory by a word.

External data lie in files of their own, whose names a model says.
"""

import math
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError

DEEPEST = 16
"""Branches, loops and functions within one another."""
MOST_NODES = 100_000
LARGEST = 2 << 30
"""Bytes of a model's own file, which protobuf cannot exceed."""


def data_file(folder: Path, location: str, model: str) -> Path:
    """The file in `folder`, or below it, where a model keeps weights.

    Raises:
        InputError: it lies elsewhere, or is no ordinary file.
    """
    parts = location.split("/")
    found = folder
    if location and not any(part in ("", ".", "..") or any(c in part for c in "\\:\0") for part in parts):
        try:
            for part in parts:
                found = found / part
                if stat.S_ISLNK(found.lstat().st_mode):
                    break
            else:
                if stat.S_ISREG(found.lstat().st_mode):
                    return found
        except (OSError, ValueError):
            pass
    raise InputError(
        f"{model} keeps weights in {ascii(location)[:200]}, which is no ordinary file in the model's folder; put it "
        "there, or export the model anew"
    )


def external(tensor: Any) -> Mapping[str, str]:
    """Where a tensor says that its data are; {} for one that has them itself."""
    return {entry.key: entry.value for entry in tensor.external_data} if tensor.data_location == 1 else {}


def expect_within(said: Mapping[str, str], size: int, file: Path) -> tuple[int, int]:
    """(first byte, number of bytes) of a tensor of `size` bytes in its file.

    Raises:
        InputError: the file does not hold so many there.
    """
    try:
        offset, length = int(said.get("offset", "0")), int(said.get("length", str(size)))
    except ValueError:
        offset, length = -1, -1
    if length != size or offset < 0 or offset + length > file.stat().st_size:
        raise InputError(f"{file} does not hold the {size:,} bytes of a tensor that its model says; copy both again")
    return offset, length


def tensors(model: Any) -> Iterator[Any]:
    """Every tensor in a model, in branches and functions too."""
    for graph in _graphs(model):
        yield from getattr(graph, "initializer", ())
        for sparse in getattr(graph, "sparse_initializer", ()):
            yield from (sparse.values, sparse.indices)
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    yield attribute.t
                yield from attribute.tensors
                for sparse in [*([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []),
                               *attribute.sparse_tensors]:  # fmt: skip
                    yield from (sparse.values, sparse.indices)


def _graphs(model: Any) -> Iterator[Any]:
    waiting = [(1, graph) for graph in (model.graph, *model.functions)]
    count = 0
    while waiting:
        depth, graph = waiting.pop()
        count += len(graph.node)
        if depth > DEEPEST:
            raise InputError(f"its branches and loops lie deeper than {DEEPEST} within one another")
        if count > MOST_NODES:
            raise InputError(f"it has more than {MOST_NODES:,} nodes; that is more than can be explained")
        yield graph
        for node in graph.node:
            waiting += [(depth + 1, inner) for inner in inner_graphs(node)]


def inner_graphs(node: Any) -> Iterator[Any]:
    """The graphs in a node's attributes."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def expect_functions_end(model: Any) -> None:
    """Raise where a model's functions call one another without an end, or become too many nodes.

    Raises:
        InputError: they do.
    """
    functions = {(f.domain, f.name): f for f in model.functions}
    known: dict[tuple[str, str], int] = {}

    def count(nodes: Iterable[Any], depth: int) -> int:
        if depth > DEEPEST:
            raise InputError(f"its functions call one another more than {DEEPEST} deep, or without an end")
        total = 0
        for node in nodes:
            total += 1 + sum(count(inner.node, depth + 1) for inner in inner_graphs(node))
            key = (node.domain, node.op_type)
            if key in functions:
                if key not in known:
                    known[key] = count(functions[key].node, depth + 1)
                total += known[key]
            if total > MOST_NODES:
                raise InputError(f"its functions stand for more than {MOST_NODES:,} nodes; that is too many")
        return total

    count(model.graph.node, 0)


def bytes_of(dims: Iterable[int], itemsize: int) -> int:
    """How many bytes a tensor has.

    Raises:
        InputError: a size is below 0.
    """
    sizes = list(dims)
    if any(size < 0 for size in sizes):
        raise InputError("a tensor in it has a size below 0")
    return math.prod(sizes) * itemsize
