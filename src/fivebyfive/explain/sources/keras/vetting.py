"""What a Keras file says, looked through before Keras sees it: nothing in it may name code, or claim what is not there.

Keras makes any class or function that a configuration names, out of any module. So only layers, operations and what
they are set up with are let through, by their names in Keras itself, and of the layers none that carries code or reads
files.
"""

import importlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError

MOST_CONFIG = 64 << 20
"""Bytes of JSON."""
MOST_VALUES = 1 << 28
"""Of one result for one picture."""
SLACK = 1 << 16
"""Values of a model that no file holds: states of random generators, and the like."""
PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__tuple__"}
"""What is written in JSON like a class and is a plain value."""
CARRY_CODE = {
    "Lambda": "holds Python code",
    "TorchModuleWrapper": "holds a pickled module",
    "TFSMLayer": "reads another file",
    "JaxLayer": "holds code",
    "FlaxLayer": "holds code",
    "StringLookup": "may read other files",
    "IntegerLookup": "may read other files",
    "TextVectorization": "may read other files",
}
SPACES = (
    "keras", "keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints", "keras.dtype_policies",
    "keras.src.models.functional", "keras.src.models.sequential", "keras.src.models.model",
)  # fmt: skip
OPERATIONS = "keras.src.ops."
LEGACY = ("Functional", "Model", "Sequential")


def configuration(data: bytes, path: Path) -> dict[str, Any]:
    """A model's configuration, which names nothing but Keras's own.

    Raises:
        InputError: it names something else, or is no configuration.
    """
    if len(data) > MOST_CONFIG:
        raise InputError(f"{path}: its configuration has {len(data) >> 20} MB, which no network needs")
    try:
        config = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(f"{path}: its configuration is no JSON; the file is damaged") from None
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise InputError(f"{path}: its configuration describes no model")
    config.pop("compile_config", None)  # how it was trained is not asked
    for described in _objects(config):
        _check(described, path)
    return config


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """All that is written like an object, however deep."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if "class_name" in here:
                yield here
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here


def _check(described: Mapping[str, Any], path: Path) -> None:
    name, module = described["class_name"], described.get("module")
    registered = described.get("registered_name")
    if name in PLAIN:
        return
    if not isinstance(name, str) or not isinstance(module, str | None):
        raise InputError(f"{path}: its configuration names no class; the file is damaged")
    if name in CARRY_CODE:
        raise InputError(
            f"{path} has a layer {name}, which {CARRY_CODE[name]}; nothing in a file is run: give the network's code, "
            f"FILE.py:NAME --model {path}"
        )
    foreign = isinstance(registered, str) and registered not in (name, f"keras>{name}")
    if foreign or not _is_keras(name, module):
        where = f"{module}.{name}" if module else name
        raise InputError(
            f"{path} names {where[:200]}, which is no layer of Keras; code is never looked for: give it, "
            f"FILE.py:NAME --model {path}"
        )


def _is_keras(name: str, module: str | None) -> bool:
    """Whether Keras has a class of that name there that a network is made of."""
    import keras

    policies = (keras.DTypePolicy, keras.dtype_policies.DTypePolicyMap)
    allowed = (
        keras.Operation, keras.initializers.Initializer, keras.regularizers.Regularizer, keras.constraints.Constraint,
        *policies,
    )  # fmt: skip
    if module is None:  # as the older formats have it
        spaces: tuple[str, ...] = SPACES[:6]
        if name in LEGACY:
            return True
    elif module in SPACES or (module.startswith(OPERATIONS) and module.count(".") == OPERATIONS.count(".")):
        spaces = (module,)
    else:
        return False
    for space in spaces:
        try:
            found = vars(importlib.import_module(space)).get(name)
        except ImportError:
            continue
        if isinstance(found, type) and issubclass(found, allowed):
            return True
    return False


@contextmanager
def no_more_than(values: int, path: Path) -> Iterator[None]:
    """Let no more weights be made within than the file holds values.

    Raises:
        InputError: its configuration claims more.
    """
    from keras import layers

    original = layers.Layer.add_weight
    left = values + SLACK

    def add_weight(self: Any, shape: Any = None, *args: Any, **keywords: Any) -> Any:
        nonlocal left
        wanted = math.prod(n for n in (shape if isinstance(shape, (tuple, list)) else (shape or 1,)) if n)
        if wanted > left:
            raise InputError(
                f"{path}: {self.name} would have {wanted:,} weights, and the whole file holds {values:,}; it is damaged"
            )
        left -= wanted
        return original(self, shape, *args, **keywords)

    layers.Layer.add_weight = add_weight
    try:
        yield
    finally:
        layers.Layer.add_weight = original


def check_sizes(model: Any, path: Path) -> None:
    """Raise where a result of a layer, for one picture, would have more values than a machine should hold.

    Raises:
        InputError: it names the layer.
    """
    for layer in model._flatten_layers():
        for node in layer._inbound_nodes:
            for tensor in node.outputs:
                values = math.prod(n for n in tensor.shape if n)
                if values > MOST_VALUES:
                    raise InputError(f"{path}: {layer.name} gives {values:,} values for one picture, which is too much")
