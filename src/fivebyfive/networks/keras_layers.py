"""The layers of a Keras model by readable paths: "conv2d", "block1.conv"; and what its pictures are.

A layer is called by its name, within a functional model and where somebody has named it; one that Keras has named
("dense_7", by a count of all that the process has made) within a class of its own by its attribute, and else by its
count in this model, which is the same each time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fivebyfive.networks import keras_lines

Layout = Literal["NCHW", "NHWC", "NHW", "flat", ""]
SILENT = ("InputLayer", "Resizing", "CenterCrop", "ZeroPadding2D", "GaussianNoise", "Dropout", "Identity", "Activation")
"""Layers before which pixels are as they were."""


@dataclass(frozen=True)
class Taken:
    """What a Keras model takes.

    Attributes:
        shape: of a batch; None for a size that is free. () where nothing says it.
        layout: how a picture becomes it: "NHWC", "NCHW", "NHW" or "flat"; "" for what is no picture.
        largest: what a white pixel is: 255.0 where the model brings bytes down itself.
        dtype: of its numbers, by Keras's name.
    """

    shape: tuple[int | None, ...] = ()
    layout: Layout = ""
    largest: float = 1.0
    dtype: str = "float32"


def paths_of(model: Any) -> list[tuple[str, Any]]:
    """Every layer in `model` with its path, the model itself first with the path ""; one that is shared once."""
    counted = _counted(model)
    found: list[tuple[str, Any]] = [("", model)]
    seen = {id(model)}

    def enter(layer: Any, path: str) -> None:
        taken: set[str] = set()
        for name, inner in _inner(layer, counted):
            if id(inner) in seen:
                continue
            seen.add(id(inner))
            free = next(n for n in _numbered(name.replace(".", "_") or "layer") if n not in taken)
            taken.add(free)
            found.append((f"{path}.{free}" if path else free, inner))
            enter(inner, found[-1][0])

    enter(model, "")
    return found


def variables_of(layer: Any) -> list[tuple[str, Any, bool]]:
    """A layer's own variables that have values: their names in it, and whether training adjusts them."""
    variables = [(v, True) for v in layer._trainable_variables]
    variables += [(v, False) for v in layer._non_trainable_variables]
    variables += [(generator.state, False) for generator in layer._seed_generators]
    found: dict[str, tuple[Any, bool]] = {}
    for variable, learned in variables:
        if variable._value is not None:
            plain = variable.name.replace(".", "_").replace("/", "_")
            found[next(name for name in _numbered(plain) if name not in found)] = (variable, learned)
    return [(name, variable, learned) for name, (variable, learned) in found.items()]


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 1
    while True:
        yield f"{name}_{number}"
        number += 1


def _inner(layer: Any, counted: dict[int, str]) -> Iterator[tuple[str, Any]]:
    """The layers of a layer, by their names in it."""
    if hasattr(layer, "_operations") or any(cls.__name__ == "Sequential" for cls in type(layer).__mro__):
        yield from ((counted.get(id(inner), inner.name), inner) for inner in layer.layers)
        return
    attributes = {id(value): name for name, value in _attributes(layer)}
    for inner in layer._layers:
        own = attributes.get(id(inner))
        plain = own.strip("_") if own is not None and _is_numbered(inner) else ""
        yield plain or counted.get(id(inner), inner.name), inner


def _attributes(layer: Any) -> Iterator[tuple[str, Any]]:
    """What a layer's attributes hold, one by one: "blocks_0" for the first of a list; what is named first is last."""
    for name, value in reversed(vars(layer).items()):
        if name in ("_layers", "_tracker", "_modules", "_functional") or name.startswith("_self_"):
            continue
        if isinstance(value, (list, tuple)):
            yield from ((f"{name}_{place}", inner) for place, inner in enumerate(value))
        elif isinstance(value, dict):
            yield from ((f"{name}_{key}", inner) for key, inner in value.items())
        else:
            yield name, value
    yield from reversed(vars(layer).get("_modules", {}).items())


def _is_numbered(layer: Any) -> bool:
    """Whether a layer's name is Keras's own: its class, and a number behind it."""
    return re.fullmatch(rf"{base_of(type(layer))}(_\d+)?", layer.name) is not None


def base_of(cls: type) -> str:
    """As Keras writes a class in names: "conv2d".

    Source: keras/src/utils/naming.py, to_snake_case
    """
    name = re.sub(r"\W+", "", cls.__name__)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _counted(model: Any) -> dict[int, str]:
    """Names for layers that were seen made without one: as in a process that has made nothing else."""
    groups: dict[str, list[tuple[int, Any]]] = {}
    for layer in [model, *model._flatten_layers(include_self=False)]:
        if keras_lines.is_unnamed(layer) and _is_numbered(layer):
            number = layer.name.removeprefix(base_of(type(layer))).strip("_")
            groups.setdefault(base_of(type(layer)), []).append((int(number or 0), layer))
    return {
        id(layer): base if place == 0 else f"{base}_{place}"
        for base, group in groups.items()
        for place, (_, layer) in enumerate(sorted(group, key=lambda item: item[0]))
    }


def taken_by(model: Any) -> Taken:
    """What `model` takes, where it has been built or says it."""
    shape, dtype = _input_of(model)
    layout = _layout(shape)
    return Taken(shape, layout, _largest(model) if layout else 1.0, dtype)


def _input_of(model: Any) -> tuple[tuple[int | None, ...], str]:
    given = getattr(model, "inputs", None)
    if isinstance(given, (list, tuple)) and len(given) == 1:
        return tuple(given[0].shape), str(given[0].dtype)
    built = getattr(model, "_build_shapes_dict", None) or {}
    shapes = [tuple(value) for value in built.values() if isinstance(value, (list, tuple))]
    plain = len(shapes) == 1 and all(n is None or isinstance(n, int) for n in shapes[0])
    return (shapes[0] if plain else ()), "float32"


def _layout(shape: Sequence[int | None]) -> Layout:
    if len(shape) == 4:
        return "NCHW" if shape[1] in (1, 3, 4) and shape[3] not in (None, 1, 3, 4) else "NHWC"
    return "NHW" if len(shape) == 3 else "flat" if len(shape) == 2 else ""


def _largest(model: Any) -> float:
    """255.0 where the first layer that computes brings bytes down."""
    for layer in model._flatten_layers(include_self=False):
        name = type(layer).__name__
        if layer._layers or name in SILENT or name.startswith("Random"):
            continue
        if name == "Rescaling":
            scale = layer.scale if isinstance(layer.scale, (list, tuple)) else [layer.scale]
            return 255.0 if max(map(float, scale)) < 0.1 else 1.0
        mean = getattr(layer, "input_mean", None) if name == "Normalization" else None
        means = mean if isinstance(mean, (list, tuple)) else [mean]
        return 255.0 if mean is not None and max(map(float, means)) > 2.0 else 1.0
    return 1.0
