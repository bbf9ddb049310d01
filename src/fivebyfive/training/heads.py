"""The last layer of a network, its head, and all before it, its body: one may learn while the other waits.

What a body has learned from a million photographs is worth keeping: at first the head alone learns, which says what
the body's findings mean for these classes; then all of it, the body at a lower rate.

Source: J. Howard and S. Ruder, Universal Language Model Fine-tuning, 2018, section 3.3 (one layer after another is
let learn, each at a rate of its own); its authors' fastai does the same with photographs.
"""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from fivebyfive.networks import as_input, members
from fivebyfive.state import undisturbed
from fivebyfive.training.recipe import Recipe


def head_of(network: nn.Module, pictures: npt.NDArray[np.uint8], classes: int) -> frozenset[str]:
    """The names in the state of `network` that belong to its last layer, the one that gives a value a class.

    It is shown some `pictures`: what is called last, back to the first matrix from there, is the head.
    """
    owned: set[int] = set()
    for member in members(network):
        modules = _called_last(member, pictures, classes)
        owned |= {id(value) for module in modules for value in _own(module).values()} or _by_name(member, classes)
    state = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    return frozenset(name for name, value in state.items() if id(value) in owned)


def _called_last(network: nn.Module, pictures: npt.NDArray[np.uint8], classes: int) -> list[nn.Module]:
    """The modules with weights from the end of `network` back to the matrix that gives a value a class; none if no
    module gives that.
    """
    called: list[tuple[nn.Module, object]] = []
    hooks = [
        module.register_forward_hook(lambda module, _, given: called.append((module, given)))
        for module in network.modules()
        if any(True for _ in module.parameters(recurse=False))
    ]
    try:
        with undisturbed(network), torch.no_grad():
            device = next(p.device for p in network.parameters())
            network(as_input(torch.from_numpy(pictures).to(device), network))
    finally:
        for hook in hooks:
            hook.remove()
    last: list[nn.Module] = []
    for module, given in reversed(called):
        last.append(module)
        if isinstance(given, Tensor) and classes in given.shape[1:]:
            if any(p.dim() > 1 for p in module.parameters(recurse=False)):
                return last
        else:
            break
    return []


def _own(module: nn.Module) -> dict[str, Tensor]:
    return {**dict(module.named_parameters(recurse=False)), **dict(module.named_buffers(recurse=False))}


def _by_name(network: nn.Module, classes: int) -> set[int]:
    """Weights that no module of their own stands for, as the post's: the last matrix, and what is called as it is."""
    named = list(network.named_parameters())
    matrices = [name for name, p in named if p.dim() > 1 and classes in p.shape] or [n for n, p in named if p.dim() > 1]
    if not matrices:
        return set()
    parent, _, last = matrices[-1].rpartition(".")
    if last == "weight":
        return {id(p) for name, p in named if name.rpartition(".")[0] == parent}
    return {id(p) for name, p in named if name.rpartition(".")[2] == last}


class Phases:
    """Who learns at which step.

    Args:
        head: names of the last layer's state.
        recipe: its `freeze` says how long the body waits, its `keep_norms` whether that ever measures means and
            variances of its own.
    """

    def __init__(self, network: nn.Module, head: Collection[str], recipe: Recipe) -> None:
        self.network = network
        self.until = frozen_steps(recipe)
        self.body = [p for name, p in network.named_parameters() if name not in head and p.requires_grad]
        within = {name.rpartition(".")[0] for name in head}
        self.norms = [m for n, m in network.named_modules() if isinstance(m, _BatchNorm) and n not in within]
        self.keep_norms = recipe.keep_norms
        self.frozen = False

    def at(self, step: int) -> None:
        """Let those learn who do in `step`, counted from 1."""
        waited = self.frozen
        self._freeze(step <= self.until)
        if waited and not self.frozen:
            self.network.train()  # as its own code has it: some keep parts as they are
        if self.frozen or self.keep_norms:
            for norm in self.norms:
                norm.eval()

    def end(self) -> None:
        """Leave the network as it was: all of it may learn."""
        self._freeze(False)

    def _freeze(self, frozen: bool) -> None:
        if frozen != self.frozen:
            self.frozen = frozen
            for parameter in self.body:
                parameter.requires_grad_(not frozen)


def frozen_steps(recipe: Recipe) -> int:
    """How many steps, the first ones, are the head's alone."""
    return round(recipe.freeze * recipe.steps())


def groups(network: nn.Module, head: Collection[str], recipe: Recipe) -> list[dict[str, object]]:
    """What an optimizer learns: the head, and the body, at its own rate and from when it learns at all."""
    body = {
        "params": [p for name, p in network.named_parameters() if name not in head],
        "lr": recipe.learning_rate * recipe.body_rate,
        "begins": frozen_steps(recipe),
    }
    return [{"params": [p for name, p in network.named_parameters() if name in head]}, body]


def in_words(network: nn.Module, head: Collection[str], recipe: Recipe) -> str:
    """What is said of it before the first step."""
    layers = sorted({name.rpartition(".")[0] or name for name, _ in network.named_parameters() if name in head})
    waits = frozen_steps(recipe)
    alone = f"alone for the first {waits:,} of {recipe.steps():,} steps; then " if waits else ""
    rate = f"all the rest at {recipe.body_rate:g} of its rate" if waits < recipe.steps() else "nothing else"
    return f"the last layer, {', '.join(layers)}, learns {alone or 'from the start, '}{rate}"
