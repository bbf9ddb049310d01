"""A Keras model's configuration as code: one line a layer, as a person would have written it.

    inputs = keras.Input((28, 28, 1))
    x = layers.Conv2D(32, 5, activation="relu", name="conv1")(inputs)

Only the arguments that differ from their defaults are written.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fivebyfive.explain.source import Function, Line
from fivebyfive.networks.keras_layers import base_of

MODULE = "<module>"
NEVER = {"trainable", "data_format", "dtype", "build_config", "batch_shape", "sparse", "ragged", "registered_name"}
"""Arguments that Keras writes down although nobody gives them."""


@dataclass
class Listing:
    """The code, and which of its lines is whose.

    Attributes:
        made: for a layer, by its identity, the line that made it.
        called: for a node of a functional model, by its identity, the line that called it.
    """

    file: str
    lines: list[str] = field(default_factory=list)
    made: dict[int, Line] = field(default_factory=dict)
    called: dict[int, Line] = field(default_factory=dict)
    ends: tuple[Line | None, Line | None] = (None, None)

    @property
    def text(self) -> str:
        """All lines."""
        return "".join(f"{line}\n" for line in self.lines)

    def add(self, text: str) -> Line:
        """One more line."""
        self.lines.append(text)
        return Line(Function(self.file, MODULE), len(self.lines))


def listed(model: Any, paths: Sequence[tuple[str, Any]], name: str) -> Listing:
    """The listing of a model, the models in it first.

    Args:
        paths: its layers' names, the last part of each path.
    """
    names = {id(layer): path.rpartition(".")[2] for path, layer in paths}
    listing = Listing(name)
    done: set[int] = set()
    _write(model, "model", names, listing, done)
    return listing


def _write(model: Any, variable: str, names: Mapping[int, str], listing: Listing, done: set[int]) -> None:
    done.add(id(model))
    for inner in _models_in(model):
        if id(inner) not in done:
            _write(inner, _variable(names.get(id(inner), inner.name)), names, listing, done)
            listing.add("")
    if hasattr(model, "_operations"):
        _functional(model, variable, names, listing)
    elif _is_sequential(model):
        _sequential(model, variable, names, listing)
    else:
        listing.made[id(model)] = listing.add(f"{variable} = {written(model)}")


def _models_in(model: Any) -> Iterator[Any]:
    layers = model._operations if hasattr(model, "_operations") else model._layers
    return (layer for layer in layers if hasattr(layer, "_operations") or _is_sequential(layer))


def _is_sequential(layer: Any) -> bool:
    return any(cls.__name__ == "Sequential" for cls in type(layer).__mro__)


def _sequential(model: Any, variable: str, names: Mapping[int, str], listing: Listing) -> None:
    listing.made[id(model)] = listing.add(f"{variable} = keras.Sequential([")
    begin = None
    for layer in model._layers:
        known = hasattr(layer, "_operations") or _is_sequential(layer)
        text = _variable(names.get(id(layer), layer.name)) if known else written(layer, names.get(id(layer)))
        line = listing.add(f"    {text},")
        if not known:
            listing.made[id(layer)] = line
        begin = line if type(layer).__name__ == "InputLayer" else begin
    end = listing.add("])")
    listing.ends = (begin or listing.made[id(model)], end)


def _functional(model: Any, variable: str, names: Mapping[int, str], listing: Listing) -> None:
    nodes = [node for depth in sorted(model._nodes_by_depth, reverse=True) for node in model._nodes_by_depth[depth]]
    held = _Variables(model, nodes, names)
    begin = None
    for node in nodes:
        operation = node.operation
        result = ", ".join(held.name(tensor, node) for tensor in node.outputs)
        if node.is_input:
            shape = operation.batch_shape[1:]
            line = listing.add(f"{result} = keras.Input({value(tuple(shape))})")
            begin = begin or line
            listing.made[id(operation)] = line
            continue
        line = listing.add(f"{result} = {_call(node, held, names)}")
        listing.called[id(node)] = line
        listing.made.setdefault(id(operation), line)
    given, answer = (_several([held.held[id(t)] for t in tensors]) for tensors in (model.inputs, model.outputs))
    line = listing.add(f"{variable} = keras.Model({given}, {answer})")
    listing.made.setdefault(id(model), line)
    listing.ends = (begin, line)


def _several(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _call(node: Any, held: "_Variables", names: Mapping[int, str]) -> str:
    operation = node.operation
    arguments = ", ".join(
        [_argument(value_, held) for value_ in node.arguments.args]
        + [f"{name}={_argument(value_, held)}" for name, value_ in node.arguments.kwargs.items()
           if value_ is not None and name not in ("training", "mask")]
    )  # fmt: skip
    if hasattr(operation, "_operations") or _is_sequential(operation):
        return f"{_variable(names.get(id(operation), operation.name))}({arguments})"
    if not hasattr(operation, "_layers"):
        return f"ops.{_function(operation)}({arguments})"
    return f"{written(operation, names.get(id(operation)))}({arguments})"


def _function(operation: Any) -> str:
    name = type(operation).__name__
    return "".join(f"_{c.lower()}" if c.isupper() and place else c.lower() for place, c in enumerate(name))


def _argument(given: Any, held: "_Variables") -> str:
    if id(given) in held.held:
        return held.held[id(given)]
    if isinstance(given, (list, tuple)):
        inner = ", ".join(_argument(part, held) for part in given)
        return f"[{inner}]" if isinstance(given, list) else f"({inner}{',' * (len(given) == 1)})"
    return value(given)


class _Variables:
    """The variables' names: x for what the next line takes and no other, else the layer's name."""

    def __init__(self, model: Any, nodes: Sequence[Any], names: Mapping[int, str]) -> None:
        self._names, self.held = names, {}
        self._taken: set[str] = {"x"}
        self._uses: dict[int, list[int]] = {}
        self._places = {id(node): place for place, node in enumerate(nodes)}
        for place, node in enumerate(nodes):
            for tensor in node.input_tensors:
                self._uses.setdefault(id(tensor), []).append(place)
        self._answers = [id(tensor) for tensor in model.outputs]

    held: dict[int, str]

    def name(self, tensor: Any, node: Any) -> str:
        """The variable that the tensor, which the node makes, is kept in."""
        uses, next_line = self._uses.get(id(tensor), []), self._places[id(node)] + 1
        if node.is_input:
            wanted = "inputs" if type(node.operation).__name__ == "InputLayer" else "x"
        elif self._answers == [id(tensor)] and not uses:
            wanted = "outputs"
        elif set(uses) == {next_line}:
            self.held[id(tensor)] = "x"
            return "x"
        else:
            wanted = _variable(self._names.get(id(node.operation), node.operation.name))
        free, number = wanted, 1
        while free in self._taken:
            free, number = f"{wanted}_{number}", number + 1
        self._taken.add(free)
        self.held[id(tensor)] = free
        return free


def _variable(name: str) -> str:
    plain = "".join(c if c.isalnum() else "_" for c in name)
    return plain if plain[:1].isalpha() or plain[:1] == "_" else f"layer_{plain}"


# --- one layer ------------------------------------------------------------------------------------------------------


def written(layer: Any, name: str | None = None) -> str:
    """The call that makes a layer, as a person writes it: ``layers.Conv2D(32, 5, activation="relu")``."""
    kind = type(layer).__name__
    if kind == "InputLayer":
        return f"keras.Input({value(tuple(layer.batch_shape[1:]))})"
    try:
        config = dict(layer.get_config())
    except Exception:  # a user's own layer may refuse in any way
        config = {}
    return f"{_space(type(layer))}{kind}({', '.join(_arguments(type(layer), config, name or layer.name))})"


def _space(cls: type) -> str:
    return "layers." if cls.__module__.startswith("keras.") else ""


def _arguments(cls: type, config: Mapping[str, Any], name: str) -> Iterator[str]:
    parameters = inspect.signature(cls).parameters
    by_place = True
    for key, parameter in parameters.items():
        if key not in config or key in NEVER or key == "name":
            continue
        said, default = value(_short(key, config[key])), parameter.default
        needed = default is inspect.Parameter.empty
        if not needed and _same(key, said, config[key], default, config):
            by_place = False
            continue
        by_place = by_place and parameter.kind is parameter.POSITIONAL_OR_KEYWORD and (needed or key in _BY_PLACE)
        yield said if by_place else f"{key}={said}"
    policy = _policy(config.get("dtype"))
    if policy != "float32":
        yield f"dtype={policy!r}".replace("'", '"')
    if not _numbered(cls, name):
        yield f"name={value(name)}"


_BY_PLACE = {"kernel_size", "pool_size", "size", "padding_sides", "rate", "height", "width", "axis"}
"""Arguments that people do not name, although they have a default."""


def _short(key: str, given: Any) -> Any:
    """5 for (5, 5), where Keras takes it for both directions."""
    whole = isinstance(given, (list, tuple)) and bool(given) and all(isinstance(n, int) for n in given)
    return given[0] if key in _BOTH and whole and len(set(given)) == 1 else given


_BOTH = {"kernel_size", "strides", "pool_size", "dilation_rate", "size", "padding", "cropping"}


def _same(key: str, said: str, given: Any, default: Any, config: Mapping[str, Any]) -> bool:
    """Whether an argument is what it would be if nobody gave it."""
    if (
        said in (value(default), value(_short(key, default)))
        or given is None
        or (key == "activation" and given == "linear")
    ):
        return True
    listed_ = isinstance(given, (list, tuple)) and given
    if default is None and listed_ and given == config.get("pool_size"):
        return True  # strides of a pooling
    return bool(listed_) and all(part == default for part in given)


def _policy(said: Any) -> str:
    if isinstance(said, Mapping):
        said = said.get("config", {}).get("name", "float32")
    return "float32" if said is None else str(said)


def _numbered(cls: type, name: str) -> bool:
    return re.fullmatch(rf"{base_of(cls)}(_\d+)?", name) is not None


def value(said: Any) -> str:
    """A value of a configuration, as it is written in code."""
    if isinstance(said, Mapping) and "class_name" in said:
        return _object(said)
    if isinstance(said, str):
        return '"' + said.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(said, (list, tuple)):
        parts = [value(part) for part in said]
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
    if isinstance(said, Mapping):
        return "{" + ", ".join(f"{value(key)}: {value(part)}" for key, part in said.items()) + "}"
    if isinstance(said, float) and 0 < abs(said) < 1 and said == 1 / round(1 / said) and abs(1 / said) > 99:
        return f"1 / {round(1 / said)}"
    if isinstance(said, (bool, int, float)) or said is None:
        return repr(said)
    return f"<{type(said).__name__}>"


def _object(said: Mapping[str, Any]) -> str:
    """An initializer, a regularizer …: by its name alone, where its arguments are all as they would be."""
    name, config = str(said["class_name"]), said.get("config")
    if name == "function":
        return value(config)
    if not isinstance(config, Mapping):
        return value(name)
    given = {key: part for key, part in config.items() if part is not None and key not in ("name", "dtype")}
    cls = _class(said)
    if cls is not None:
        defaults = {key: p.default for key, p in inspect.signature(cls.__init__).parameters.items()}
        given = {key: part for key, part in given.items() if defaults.get(key) != part}
    plain = "".join(f"_{c.lower()}" if c.isupper() and place else c.lower() for place, c in enumerate(name))
    if not given:
        return value(plain)
    return f"{name}({', '.join(f'{key}={value(part)}' for key, part in given.items())})"


def _class(said: Mapping[str, Any]) -> Any:
    """The class of Keras that is named, looked up in what Keras itself exports."""
    import keras

    for space in ("initializers", "regularizers", "constraints", "layers"):
        found = getattr(getattr(keras, space), str(said["class_name"]), None)
        if isinstance(found, type):
            return found
    return None
