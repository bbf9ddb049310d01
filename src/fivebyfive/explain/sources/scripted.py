"""The module that was written, out of what ``torch.jit.script`` made of it.

TorchScript keeps the class of each module and all of its attributes that its code uses, so that the module can be made
again. What ``torch.jit.trace`` or ``freeze`` made, or what comes from a file, has lost them.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.explain.agreement import Agreement, difference
from fivebyfive.explain.given import Given, named_tensors
from fivebyfive.state import untouched


def original(scripted: nn.Module) -> nn.Module | None:
    """A module of the class that was scripted, with its attributes, and its very weights; None where that is lost."""
    kept = getattr(scripted, "_concrete_type", None)
    if not isinstance(scripted, torch.jit.ScriptModule) or kept is None:
        return None
    made = _made(scripted, kept)
    return None if made is None else made.train(scripted.training)


def agreement(module: nn.Module, given: Given, outputs: Sequence[Tensor]) -> Agreement:
    """How the outputs of the module that was written compare with those of the scripted one."""
    with untouched(module), torch.no_grad():
        theirs = [tensor for _, tensor in named_tensors(module(*given.arguments, **given.keywords))]
    apart = [difference(ours, other) for ours, other in zip(outputs, theirs, strict=True)]
    return Agreement("TorchScript", max(apart, default=0.0), "output", len(apart), len(apart))


def _made(scripted: nn.Module, kept: Any) -> nn.Module | None:
    cls = kept.py_class
    if not isinstance(cls, type) or not issubclass(cls, nn.Module) or cls.__module__ == "torch.jit._trace":
        return None
    module = cls.__new__(cls)
    nn.Module.__init__(module)
    inner = {name: _made(child, child._concrete_type) for name, child in scripted.named_children() if _is_kept(child)}
    if None in inner.values() or len(inner) != len(dict(scripted.named_children())):
        return None
    learned = {*dict(scripted.named_parameters(recurse=False)), *dict(scripted.named_buffers(recurse=False))}
    plain = {*kept.get_constants(), *kept.get_attributes()} - learned - inner.keys() - {"training"}
    for name in plain:
        object.__setattr__(module, name, kept.get_constants().get(name, getattr(scripted, name, None)))
    for name, parameter in scripted.named_parameters(recurse=False):
        module.register_parameter(name, nn.Parameter(parameter, parameter.requires_grad))
    for name, buffer in scripted.named_buffers(recurse=False):
        module.register_buffer(name, buffer)
    for name, child in inner.items():
        module._modules[name] = child
    return module


def _is_kept(module: nn.Module) -> bool:
    return getattr(module, "_concrete_type", None) is not None
