"""Tensors as the caller gives them: values, shape and kind of number stay, a batch of one is put before where it lacks.

Which shape is one example, and which is several, the network's first layer says; what is changed all the same is said.
"""

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from fivebyfive.errors import InputError
from fivebyfive.explain.given import Given, named_tensors
from fivebyfive.explain.program import Program

_FIRST = (_ConvNd, nn.Linear, nn.Embedding, nn.EmbeddingBag, nn.RNNBase, nn.MultiheadAttention)


@dataclass(frozen=True)
class Ready:
    """What the network may be given, and what to know about it."""

    given: Given
    notes: tuple[str, ...] = ()


def from_tensor(x: Tensor, network: nn.Module) -> list[Ready]:
    """What one tensor may mean, the likeliest first: itself, or itself in a batch of one.

    Raises:
        InputError: it is a batch of several, or holds nothing, or is of a sort that no layer takes.
    """
    device, dtype = device_and_type(network)
    x, notes = _checked(x, device)
    if isinstance(network, Program):
        return [Ready(Given((_one(x, network),)), tuple(notes))]
    x, converted = _as_weights(x, network, dtype)
    notes += converted
    found = [(made, said) for made, said in _batches(x, first_layer(network)) if made.shape[0] == 1]
    if not found:
        raise InputError(_several(x))
    return [Ready(Given((made,)), (*notes, *said)) for made, said in found]


def _one(x: Tensor, program: Program) -> Tensor:
    """`x` of the type that a foreign network takes, in a batch of one where it lacks the batch."""
    if len(program.graph.inputs) != 1:
        takes = ", ".join(given.name for given in program.graph.inputs)
        raise InputError(f"{program.graph.name} takes several inputs: {takes}; give them by name in a dictionary")
    wanted = program.graph.inputs[0]
    if x.dim() == len(wanted.shape) - 1:
        x = x[None]
    fits = x.dim() == len(wanted.shape) and all(n in (None, m) for n, m in zip(wanted.shape, x.shape, strict=True))
    if not fits and wanted.shape:
        raise InputError(f"{program.graph.name} takes {wanted.text()}; the tensor has shape {list(x.shape)}")
    if wanted.orientation and x.dim() and x.shape[0] != 1:
        raise InputError(_several(x))
    return x.to(wanted.dtype)


def from_several(given: Any, network: nn.Module) -> Ready:
    """Several arguments: a dictionary's by name, a tuple's or list's by place; where forward takes only one, the whole.

    Raises:
        InputError: there is no tensor in it, or one of a sort that no layer takes.
    """
    if not named_tensors(given):
        raise InputError(f"the {type(given).__name__} holds no tensor; give a picture, a tensor, or several in a tuple")
    notes: list[str] = []
    ready = _each(given, device_and_type(network)[0], notes)
    if isinstance(ready, Mapping):
        named = all(isinstance(key, str) for key in ready) and _takes(network, (), ready)
        return Ready(Given((), ready) if named else Given((ready,)), tuple(dict.fromkeys(notes)))
    apart = tuple(ready) if _takes(network, tuple(ready), {}) else (ready,)
    return Ready(Given(apart), tuple(dict.fromkeys(notes)))


def expect_one_is_enough(network: nn.Module) -> None:
    """Raise an InputError where ``forward`` cannot be called with one tensor alone."""
    if inspect.getattr_static(network, "forward", None) is nn.Module.forward:
        raise InputError(
            f"{type(network).__name__} has no forward, so there is nothing to run; give a part of it that has"
        )
    if not _takes(network, (None,), {}):
        raise InputError(
            f"{type(network).__name__}.forward takes {inspect.signature(network.forward)}: one tensor does not fit; "
            "give its arguments in a tuple, or by name in a dictionary"
        )


def first_layer(network: nn.Module) -> nn.Module | None:
    """The first layer of a kind that says what it takes, in the order in which the network's layers were made."""
    return next((module for module in network.modules() if isinstance(module, _FIRST)), None)


def device_and_type(network: nn.Module) -> tuple[torch.device | None, torch.dtype | None]:
    """Where the network's weights are, and their floating-point type; None where there are none.

    Raises:
        InputError: they are on the meta device, so they have no values.
    """
    modules = list(network.modules())
    tensors: list[Tensor] = [p for module in modules for p in module._parameters.values() if p is not None]
    tensors += [b for module in modules for b in module._buffers.values() if b is not None]
    if any(tensor.is_meta for tensor in tensors):
        raise InputError(
            f"{type(network).__name__} has weights on the meta device, which have no values; make it on the CPU, or "
            'network.to_empty(device="cpu") and load its weights'
        )
    parameter = next((p for p in tensors if p.is_floating_point()), None)
    return (None, None) if parameter is None else (parameter.device, parameter.dtype)


def _each(value: Any, device: torch.device | None, notes: list[str]) -> Any:
    """Every tensor in it made ready; what else there is stays as it is."""
    if isinstance(value, Tensor):
        ready, said = _checked(value, device)
        notes += said
        return ready
    if isinstance(value, Mapping):
        return {key: _each(inner, device, notes) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        inner = [_each(v, device, notes) for v in value]
        return inner if isinstance(value, list) else type(value)(*inner) if hasattr(value, "_fields") else tuple(inner)
    return value


def _checked(x: Tensor, device: torch.device | None) -> tuple[Tensor, list[str]]:
    """A copy on the network's device: the caller's tensor stays as it is."""
    odd = "nested" if x.is_nested else "quantized" if x.is_quantized else "sparse" if x.layout != torch.strided else ""
    if odd:
        raise InputError(f"the tensor is {odd}; give an ordinary one: x.{_ORDINARY[odd]}")
    if x.is_meta:
        raise InputError("the tensor is on the meta device, so it has no values; give one with values")
    if not x.numel():
        raise InputError(f"the tensor is empty, {list(x.shape)}; there is nothing to explain")
    x = x.detach().as_subclass(Tensor)
    x = x.to(device or x.device, copy=True)
    lost = int((~torch.isfinite(x)).sum()) if x.is_floating_point() else 0
    values = "value that is" if lost == 1 else "values that are"
    return x, [f"The tensor holds {lost:,} {values} not finite (NaN or infinity)."] if lost else []


_ORDINARY = {"nested": "to_padded_tensor(0.0)", "quantized": "dequantize()", "sparse": "to_dense()"}


def _as_weights(x: Tensor, network: nn.Module, dtype: torch.dtype | None) -> tuple[Tensor, list[str]]:
    """In the type of the network's weights, where its first layer multiplies the values with them."""
    layer = first_layer(network)
    if dtype is None or x.is_complex() or x.dtype == dtype or isinstance(layer, nn.Embedding | nn.EmbeddingBag):
        return x, []
    if x.is_floating_point():
        return x.to(dtype), [f"Its {_named(x.dtype)} numbers were made {_named(dtype)}, as the network's weights are."]
    tokens = any(isinstance(module, nn.Embedding | nn.EmbeddingBag) for module in network.modules())
    if layer is None or (tokens and x.dtype != torch.uint8):
        return x, []
    if x.dtype == torch.uint8:
        return x.to(dtype) / 255, [f"Its bytes were divided by 255, as {_named(dtype)} numbers from 0 to 1."]
    return x.to(dtype), [f"Its {_named(x.dtype)} numbers were made {_named(dtype)}, as the network's weights are."]


def _batches(x: Tensor, layer: nn.Module | None) -> list[tuple[Tensor, tuple[str, ...]]]:
    """`x` in the shapes that it may have for this layer, batch first."""
    if x.dim() == 0:
        return [(x.reshape(1, 1), ())]
    if isinstance(layer, _ConvNd):
        return [(made, ()) for made in _for_convolution(x, len(layer.kernel_size), layer.in_channels)]
    if isinstance(layer, nn.Embedding | nn.EmbeddingBag):
        return [(x[None] if x.dim() == 1 else x, ())]
    features = _features(layer)
    if features is not None and x.shape[-1] == features:
        sequence = x.dim() == 1 or (x.dim() == 2 and x.shape[0] > 1 and not isinstance(layer, nn.Linear))
        return [(x[None] if sequence else x, ())]
    if features is not None and x.dim() in (2, 3) and x.numel() != features == math.prod(x.shape[1:]):
        return []  # a batch of lists
    if x.dim() == 3:
        channels = x.shape[0]
        said = (f"The tensor {list(x.shape)} is taken as one picture of {channels} channels.",)
        return [(x[None], () if channels in (1, 3) else said), (x, ())]
    if x.dim() == 2 and x.shape[0] != 1:
        return [(x[None, None], ())]
    return [(x[None] if x.dim() == 1 else x, ())]


def _for_convolution(x: Tensor, dimensions: int, channels: int) -> list[Tensor]:
    """Of `x` as [C, …] or […] a batch of one; `channels` is 0 where a lazy layer does not know it yet."""
    if x.dim() == dimensions and channels in (0, 1):
        return [x[None, None], *([x] if x.shape[0] == 1 else [])]
    if x.dim() == dimensions + 1:
        one = channels in (0, x.shape[0])
        return [x[None]] if one else [x] if x.shape[0] == 1 else []
    return [x[None] if x.dim() == 1 else x]


def _features(layer: nn.Module | None) -> int | None:
    if isinstance(layer, nn.Linear):
        return layer.in_features
    if isinstance(layer, nn.RNNBase):
        return layer.input_size
    return layer.embed_dim if isinstance(layer, nn.MultiheadAttention) else None


def _several(x: Tensor) -> str:
    shape = list(x.shape)
    return f"the tensor has shape {shape}; one image at a time is explained, [1, C, H, W]: give one of the {shape[0]}"


def _takes(network: nn.Module, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(network.forward).bind(*arguments, **keywords)
    except TypeError:
        return False
    except (ValueError, AttributeError):
        return True  # it does not say what it takes
    return True


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
