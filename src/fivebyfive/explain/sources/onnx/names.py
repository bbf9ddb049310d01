"""Readable names for what exporters call /layer1/layer1.0/conv1/Conv, node_conv2d_3, onnx::Conv_23, or nothing."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 80
WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "LSTM", "GRU", "RNN"})
"""Operators that are what a layer is, where several stand in its scope."""
CALLS = re.compile(r"^(Stateful)?PartitionedCall(_\d+)?$")
PARAMETER = re.compile(r"^[A-Za-z_]\w*(\.\w+)+$", re.ASCII)
PLAIN = re.compile(r"^[A-Za-z_]\w*$", re.ASCII)
MADE_UP = re.compile(r"^(onnx__?|val_\d|_?const|node_|_?to_copy|_val)", re.ASCII)


class Unique:
    """Gives names that are not taken yet."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def name(self, wanted: str) -> str:
        """The name that is wanted, or that with a number behind it."""
        found, number = wanted, self._taken.get(wanted, 0)
        while found in self._taken:
            number += 1
            found = f"{wanted}_{number + 1}" if wanted else ""
        self._taken[wanted] = number
        self._taken.setdefault(found, 0)
        return found


@dataclass(frozen=True)
class Said:
    """What a node's own name says.

    Attributes:
        scope: the layer that it stands in; "" for none.
        last: what it is called there; "" for nothing in particular.
    """

    op: str
    scope: str
    last: str


def readable(nodes: Sequence[tuple[str, str, Sequence[str]]]) -> list[str]:
    """A name for each node, given as (operator, its own name, the scopes that its exporter noted); not yet unique."""
    said = [_of_scopes(op, scopes) if scopes else _of_name(op, name) for op, name, scopes in nodes]
    if not any(scopes or name.startswith("/") for _, name, scopes in nodes):  # PyTorch's begin with no network's name
        said = _without_common_scope(said)
    many = Counter(s.scope for s in said)
    weighted = Counter(s.scope for s in said if s.op in WEIGHTED)
    return [_name(s, many[s.scope], weighted[s.scope]) for s in said]


def _name(said: Said, many: int, weighted: int) -> str:
    last = said.last or snake(said.op)
    if not said.scope:
        return last
    is_layer = many == 1 or (weighted == 1 and said.op in WEIGHTED)
    return said.scope if is_layer else f"{said.scope}.{last}"


def _of_scopes(op: str, scopes: Sequence[str]) -> Said:
    """From PyTorch's exporter: the paths of the modules, outermost first, and what the call is named."""
    layers = [clean(scope) for scope in scopes[:-1] if scope]
    return Said(op, layers[-1] if layers else "", clean(scopes[-1]).lower())


def _of_name(op: str, name: str) -> Said:
    parts = [re.sub(r"__\d+$", "", part) for part in name.split("/") if part]
    parts = [part for part in parts if part and not CALLS.match(part)]
    if len(parts) > 1:
        path: list[str] = []
        for part in parts[:-1]:  # /layer1/layer1.0/conv1: the second says the first again
            if path and part.startswith(f"{path[-1]}."):
                path[-1] = part
            else:
                path.append(part)
        last = re.fullmatch(r"([A-Za-z_][A-Za-z0-9]*?)(_\d+)?", parts[-1], re.ASCII)
        return Said(op, clean(".".join(path)), snake(parts[-1]) if last else clean(parts[-1]))
    bare = parts[0].removeprefix("node_") if parts else ""
    bare = bare if not bare.isdigit() else ""
    return Said(op, "", snake(bare) if bare.partition("_")[0] == op else clean(bare))


def _without_common_scope(said: list[Said]) -> list[Said]:
    """Leave out what all scopes begin with: the network itself."""
    scoped = [s.scope.split(".") for s in said if s.scope]
    while len(scoped) > 1 and len({tuple(parts[:1]) for parts in scoped}) == 1 and min(map(len, scoped)) > 1:
        scoped = [parts[1:] for parts in scoped]
    left = iter(scoped)
    return [Said(s.op, ".".join(next(left)), s.last) if s.scope else s for s in said]


def of_parameter(name: str, node: str, slot: str) -> str:
    """What a constant is called that the node `node` takes as `slot` ("weight"; "" for no particular one)."""
    if PARAMETER.match(name) and len(name) <= LONGEST:
        return name
    if slot and (MADE_UP.match(name) or not PLAIN.match(name) or len(name) > LONGEST):
        return f"{node}.{slot}"
    return clean(re.sub(r"__\d+$", "", name).rpartition("::")[2].rpartition("/")[2]) or "constant"


def clean(text: str) -> str:
    """Letters, digits, underscores and single dots, and no more than can be read."""
    parts = [re.sub(r"\W+", "_", part, flags=re.ASCII).strip("_") for part in re.split(r"[./]", text)]
    return ".".join(part for part in parts if part)[-LONGEST:].strip("._")


def snake(op: str) -> str:
    """MaxPool as max_pool."""
    return clean(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", op)).lower() or "node"
