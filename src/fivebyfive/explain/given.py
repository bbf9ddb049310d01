"""What a network is given, and what it returns: tensors, alone or in tuples, dictionaries and data classes."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.explain.layout import Size


@dataclass(frozen=True)
class Given:
    """The arguments of one call of a network."""

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    picture: Size | None = None
    """(height, width, channels) of the image that the one tensor is, where it is a flat list of its pixels."""
    layout: str = ""
    """Of the one tensor, where it is not PyTorch's habit."""
    pictures: int = 1
    """How many examples the one tensor holds."""

    def tensors(self, network: nn.Module) -> list[tuple[str, Tensor]]:
        """Every tensor with its name: the argument's, as ``forward`` calls it; "" for one alone."""
        if len(self.arguments) == 1 and isinstance(self.arguments[0], Tensor) and not self.keywords:
            return [("", self.arguments[0])]
        named = dict(zip(_names(network, len(self.arguments)), self.arguments, strict=True))
        return named_tensors({**named, **self.keywords})

    def shapes(self) -> str:
        """The tensors' shapes, in words."""
        found = [str(list(tensor.shape)) for _, tensor in named_tensors([*self.arguments, *self.keywords.values()])]
        return " and ".join(found)


def named_tensors(result: Any, name: str = "") -> list[tuple[str, Tensor]]:
    """Every tensor in a call's result, in order, with its key or place in it."""
    if isinstance(result, Tensor):
        return [(name, result)]
    if isinstance(result, Mapping):
        items = list(result.items())
    elif isinstance(result, tuple) and hasattr(result, "_fields"):
        items = list(zip(result._fields, result, strict=True))
    elif isinstance(result, (list, tuple)):
        items = list(enumerate(result))
    elif is_dataclass(result):
        items = list(vars(result).items())
    else:
        return []
    return [found for key, value in items for found in named_tensors(value, f"{name}.{key}" if name else str(key))]


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same tuples, lists and dictionaries, however deep, with `change` of each value in them."""
    if isinstance(value, Mapping):
        return {key: mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, torch.Size) or not isinstance(value, (tuple, list)):
        return change(value)
    found = [mapped(inner, change) for inner in value]
    return type(value)(*found) if hasattr(value, "_fields") else type(value)(found)


def leaves(value: Any) -> list[Any]:
    """The values in tuples, lists and dictionaries, however deep."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return [value]
    found: list[Any] = []
    for inner in value:
        if isinstance(inner, (dict, list, tuple)):
            found += leaves(inner)
        else:
            found.append(inner)
    return found


def _names(network: nn.Module, count: int) -> list[str]:
    try:
        parameters = inspect.signature(network.forward).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    usual = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [usual[i] if i < len(usual) else str(i) for i in range(count)]
