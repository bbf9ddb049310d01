"""A network that tells other classes apart: its last layer is replaced by one that gives a value a class."""

import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError


def last_layer(network: nn.Module, x: Tensor) -> tuple[str, int] | None:
    """The name of the layer that gives what `network` gives for `x`, and how many values that are.

    None where that is no `Linear` and no 1×1 convolution, which another may stand in for.
    """
    called: list[str] = []
    hooks = [
        module.register_forward_hook(lambda *_, name=name: called.append(name))
        for name, module in network.named_modules()
        if name and _outputs(module)
    ]
    try:
        with torch.no_grad():
            given = network(x)
    finally:
        for hook in hooks:
            hook.remove()
    if not called or not isinstance(given, Tensor) or given.dim() < 2:
        return None
    outputs = _outputs(network.get_submodule(called[-1]))
    return (called[-1], outputs) if given.shape[1] == outputs else None


def replace(network: nn.Module, name: str, classes: int, path: object) -> None:
    """Put a fresh layer of `classes` outputs in the place of the layer `name`, alike in all else.

    Raises:
        InputError: `network` has no such layer; says that `path` names it.
    """
    try:
        old = network.get_submodule(name)
    except AttributeError:
        old = network
    if not _outputs(old):
        raise InputError(f"{path} says that layer '{name[:100]}' was replaced, and the network has none of that name")
    new: nn.Module
    if isinstance(old, nn.Linear):
        new = nn.Linear(old.in_features, classes, old.bias is not None)
    else:
        assert isinstance(old, nn.Conv2d)
        new = nn.Conv2d(old.in_channels, classes, 1, bias=old.bias is not None)
    weight: Tensor = old.weight
    network.set_submodule(name, new.to(weight.device, weight.dtype).train(old.training))


def _outputs(module: nn.Module) -> int:
    """How many values a layer gives that another may stand in for; 0 of any other module."""
    if isinstance(module, nn.Linear):
        return module.out_features
    return module.out_channels if isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1) else 0
