"""Goes through a model's nodes in order: each gets a name and its calls; what is constant is worked out at once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.graph import Input, Node
from fivebyfive.explain.sources.onnx import control, names
from fivebyfive.explain.sources.onnx.op import Op
from fivebyfive.explain.sources.onnx.safety import inner_graphs
from fivebyfive.explain.sources.onnx.table import fixed, makers
from fivebyfive.explain.sources.onnx.tensors import STRING, dense, to_tensor
from fivebyfive.explain.sources.onnx.writing import Writer, scopes

SLOTS: Mapping[str, Sequence[str]] = {
    "Conv": ("", "weight", "bias"), "ConvTranspose": ("", "weight", "bias"), "Gemm": ("", "weight", "bias"),
    "MatMul": ("weight", "weight"), "BatchNormalization": ("", "weight", "bias", "running_mean", "running_var"),
    "InstanceNormalization": ("", "weight", "bias"), "LayerNormalization": ("", "weight", "bias"),
    "GroupNormalization": ("", "weight", "bias"), "RMSNormalization": ("", "weight"), "PRelu": ("", "weight"),
    "LSTM": ("", "W", "R", "B"), "GRU": ("", "W", "R", "B"), "RNN": ("", "W", "R", "B"), "Gather": ("weight", ""),
    "Add": ("bias", "bias"), "Mul": ("scale", "scale"),
}  # fmt: skip
"""What the inputs are called that training adjusts; a running mean is kept beside them."""
KEPT = ("running_mean", "running_var")
ML = "ai.onnx.ml."
ZIPPED = f"{ML}ZipMap"


@dataclass
class Body:
    """The nodes of a graph, or of a branch of one.

    Attributes:
        values: ONNX's names of all values that it can see, and what they are called here.
    """

    nodes: list[Node] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    whole: bool = False
    returned: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)

    def needs(self) -> list[str]:
        """The values that it takes from around it."""
        made = {name for node in self.nodes for name in node.outputs} | set(self.inputs)
        taken = [name for node in self.nodes for name in node.inputs] + self.outputs
        return list(dict.fromkeys(name for name in taken if name and name not in made))


class Builder:
    """Makes nodes of a model's.

    Attributes:
        constants: tensors by their names here.
        fetched: values by their names here, and what ONNX Runtime calls them.
        classes: their names, where an operator says them.
    """

    def __init__(self, model: Any, name: str, folder: Path | None) -> None:
        self.constants: dict[str, Tensor] = {}
        self.learned: set[str] = set()
        self.fetched: dict[str, str] = {}
        self.classes: tuple[str, ...] | None = None
        self.unique = names.Unique()
        self.writer = Writer(name, self.constants, self.learned)
        self._model, self._name, self._folder = model, name, folder
        self._texts: dict[str, tuple[str, ...]] = {}
        self._uses = Counter(_reads(model.graph))
        self._opsets = {o.domain if o.domain != "ai.onnx" else "": o.version for o in model.opset_import}

    def whole(self, given: Sequence[tuple[Input, str]]) -> Body:
        """The model's own graph, which is given these inputs."""
        body = Body(values={theirs: found.name for found, theirs in given}, whole=True)
        body.inputs = [found.name for found, _ in given]
        self._fill(body, self._model.graph)
        return body

    def branch(self, graph: Any, around: Body) -> Body:
        """A graph within a node, which sees the values around it."""
        body = Body(values=dict(around.values))
        for value in graph.input:
            name = self.unique.name(names.clean(value.name) or "value")
            body.values[value.name] = name
            body.inputs.append(name)
        self._fill(body, graph)
        body.outputs = [body.values[o.name] for o in graph.output]
        return body

    def _fill(self, body: Body, graph: Any) -> None:
        called = names.readable([(n.op_type, n.name, scopes(n)) for n in graph.node])
        self._initializers(graph, body, called)
        body.returned = {o.name for o in graph.output}
        body.wanted = set(_reads(graph)) | body.returned
        for node, name in zip(graph.node, called, strict=True):
            self._node(node, name, body)

    def _initializers(self, graph: Any, body: Body, called: Sequence[str]) -> None:
        slots: dict[str, tuple[str, str]] = {}
        learned: set[str] = set()
        for node, name in zip(graph.node, called, strict=True):
            for value, slot in zip(node.input, SLOTS.get(node.op_type, ()), strict=False):
                if slot:
                    slots.setdefault(value, (name, slot))
                    learned |= {value} if slot not in KEPT else set()
        for proto in graph.initializer:
            self._constant(body, proto.name, proto, slots.get(proto.name, ("", "")), proto.name in learned)
        for proto in graph.sparse_initializer:
            theirs = proto.values.name
            self._constant(body, theirs, proto, slots.get(theirs, ("", "")), theirs in learned)

    def _constant(self, body: Body, theirs: str, proto: Any, slot: tuple[str, str], learned: bool) -> None:
        name = self.unique.name(names.of_parameter(theirs, *slot))
        body.values[theirs] = name
        if getattr(proto, "data_type", 0) == STRING:
            self._texts[name] = tuple(text.decode(errors="replace")[:200] for text in proto.string_data)
            return
        tensor = self.constants[name] = self._tensor(proto)
        if learned and _is_weight(tensor):
            self.learned.add(name)

    def _tensor(self, proto: Any) -> Tensor:
        def read(tensor: Any) -> Tensor:
            return to_tensor(tensor, self._folder, self._name)

        return dense(proto, read) if hasattr(proto, "indices") else read(proto)

    def _node(self, proto: Any, called: str, body: Body) -> None:
        taken = [body.values[name] if name else "" for name in proto.input]
        domain = proto.domain if proto.domain != "ai.onnx" else ""
        key = f"{domain}.{proto.op_type}" if domain else proto.op_type
        attributes = {a.name: self._attribute(a) for a in proto.attribute}
        if self._is_said_in_words(proto, key, attributes, taken, body):
            return
        op = Op(
            key, self._opsets.get(domain, 1), attributes, [bool(name) for name in taken],
            [self.constants.get(name) for name in taken],
            [bool(name) and name in body.wanted for name in proto.output],
        )  # fmt: skip
        if key in control.PATHS:
            control.PATHS[key](self, proto, op, called, taken, body)
            return
        for name, slot in zip(taken, SLOTS.get(key, ()), strict=False):
            if slot and slot not in KEPT and name in self.constants and _is_weight(self.constants[name]):
                self.learned.add(name)  # a Constant, too
        maker = makers().get(key)
        run = None if maker is None else maker(op)
        inner = run is not None and key in fixed() and not body.returned & set(proto.output)
        if inner and self._is_worked_out(proto, op, run, called, taken, body):
            return
        name = self.unique.name(called)
        made = self.outputs(proto, name, body)
        self.writer.add(body.nodes, proto, op, name, self._derived(proto, op, name, taken), made, run)

    def outputs(self, proto: Any, name: str, body: Body) -> list[str]:
        """What is called here what a node makes: the first by the node's name."""
        made = []
        for place, theirs in enumerate(proto.output):
            found = "" if not theirs else name if place == 0 else self.unique.name(f"{name}_{place + 1}")
            made.append(found)
            if theirs:
                body.values[theirs] = found
                if body.whole:
                    self.fetched[found] = theirs
        return made

    def _is_said_in_words(
        self, proto: Any, key: str, attributes: Mapping[str, Any], taken: Sequence[str], body: Body
    ) -> bool:
        """Whether it only makes words of numbers: a class's name of its number. Then the numbers are looked at."""
        said = attributes.get("classlabels_strings") or attributes.get("classlabels_int64s")
        if key.startswith(ML) and said:
            self.classes = tuple(str(name)[:200] for name in said)
        number = taken[0] if taken else ""
        if key == f"{ML}ArrayFeatureExtractor" and taken[0] in self._texts:
            self.classes, number = self._texts[taken[0]], taken[1]
        elif key == "Constant" and ("value_string" in attributes or attributes.get("value", 0) is None):
            number = self.unique.name("words")
        elif key != ZIPPED and not (key == "Cast" and attributes.get("to") == STRING):
            return False
        body.values[proto.output[0]] = number
        return True

    def _is_worked_out(self, proto: Any, op: Op, run: Any, called: str, taken: Sequence[str], body: Body) -> bool:
        """Whether what the node makes of constants alone was worked out now."""
        if any(given and constant is None for constant, given in zip(op.constants, op.given, strict=True)):
            return False
        try:
            with torch.no_grad():
                result = run(*op.constants)
        except (RuntimeError, ValueError, IndexError, TypeError, InputError):
            return False  # it is tried again when it runs, and told then
        results = list(result) if isinstance(result, (list, tuple)) else [result]
        learned = [name for name in taken if name in self.learned]
        for theirs, tensor in zip(proto.output, results, strict=False):
            if theirs:
                name = self.unique.name(called)
                if len(learned) == 1 and self._uses[proto.input[taken.index(learned[0])]] == 1:
                    name = learned[0]  # another form of the same weights
                body.values[theirs] = name
                self.constants[name] = tensor
        return True

    def _derived(self, proto: Any, op: Op, called: str, taken: Sequence[str]) -> list[str]:
        """The inputs' names; constants that were brought into another form are replaced by that."""
        found = list(taken)
        for place, tensor in op.derived.items():
            if self._uses[proto.input[place]] > 1:
                found[place] = self.unique.name(taken[place])
            if taken[place] in self.learned:
                self.learned.add(found[place])
            self.constants[found[place]] = tensor
        for part, (instead, tensor) in op.parts.items():
            if instead is not None:
                found[instead] = ""
            found.append(self.unique.name(f"{called}.{part}"))
            self.constants[found[-1]] = tensor
            self.learned.add(found[-1])
        return found

    def _attribute(self, attribute: Any) -> Any:
        import onnx

        kinds = onnx.AttributeProto
        value = onnx.helper.get_attribute_value(attribute)
        if attribute.type == kinds.TENSOR:
            return None if value.data_type == STRING else self._tensor(value)
        if attribute.type == kinds.SPARSE_TENSOR:
            return self._tensor(value)
        if isinstance(value, bytes):
            return value.decode(errors="replace")
        if attribute.type in (kinds.INT, kinds.FLOAT, kinds.GRAPH, kinds.GRAPHS):
            return value
        return [v.decode(errors="replace") if isinstance(v, bytes) else v for v in value]


def _is_weight(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and tensor.dim() > 0 and tensor.numel() > 1


def _reads(graph: Any) -> Iterator[str]:
    """The names of all values that nodes take, in branches too, and what these return."""
    for node in graph.node:
        yield from node.input
        for inner in inner_graphs(node):
            yield from _reads(inner)
            yield from (o.name for o in inner.output)
