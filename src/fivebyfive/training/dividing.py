"""An optimizer's steps, divided among the processes of a machine: each takes them for a part of the weights.

Weights, and what the optimizer keeps of them, lie once in memory that all of the processes see. If each of them had its
own, and took all of every step, all of it would go through the processors as often as there are processes, and what
a step waits for is memory.

Nobody but the optimizer may then write weights: another process would see them half written. So this is done for
networks that are PyTorch's layers and this package's all through. Other people's code may well write weights, a
longest row's for instance, and at any step; such networks stay with their process, which takes whole steps.

Source: S. Rajbhandari et al., ZeRO: Memory Optimizations Toward Training Trillion Parameter Models, 2020, section 5.1
(its first stage, between devices), https://arxiv.org/abs/1910.02054
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.neighbours import Neighbours
from fivebyfive.training import flat

KEPT = ("exp_avg", "exp_avg_sq")
"""What AdamW keeps of each weight."""
KNOWN = ("torch.nn.", "fivebyfive.networks.")
"""Whose layers write no weights, or say so: PyTorch counts."""


class Division:
    """`parameters`, which all processes have alike, in memory that they have in common, and the part of each of them
    that is this process's.
    """

    @torch.no_grad()
    def __init__(self, neighbours: Neighbours, parameters: Sequence[Tensor]) -> None:
        self._neighbours, self._parameters = neighbours, parameters
        self._mine: dict[Tensor, slice] = {}
        self._weights: dict[Tensor, Tensor] = {}
        self._kept: dict[str, dict[Tensor, Tensor]] = {name: {} for name in KEPT}
        for dtype in dict.fromkeys(p.dtype for p in parameters):
            alike = [p for p in parameters if p.dtype == dtype]
            own = flat.between(alike, *flat.part(alike, neighbours.rank, neighbours.size))
            self._mine |= {parameter: within for parameter, within, _ in own}
            for places in (self._weights, *self._kept.values()):
                memory = neighbours.memory(sum(p.numel() for p in alike), dtype)
                places |= zip(alike, flat.views(memory, alike), strict=True)
        for parameter, place in self._weights.items():
            self.part(parameter, place).copy_(self.part(parameter, parameter))
        neighbours.meet()
        for parameter, place in self._weights.items():
            parameter.data = place
        self._versions = [parameter._version for parameter in parameters]

    def part(self, parameter: Tensor, tensor: Tensor) -> Tensor:
        """The values of `tensor`, which lies in memory without gaps as `parameter` does, that are this process's."""
        return flat.values(tensor)[self._mine.get(parameter, slice(0))]

    def hold(self, parameter: Tensor, state: dict[str, Tensor]) -> None:
        """Let all processes have `state`, what AdamW keeps of `parameter`, in common."""
        for name, places in self._kept.items():
            place = places[parameter]
            if state[name] is not place:
                self.part(parameter, place).copy_(self.part(parameter, state[name]))
                state[name] = place

    def meet(self) -> None:
        """Go on when all have taken their part of a step."""
        self._neighbours.meet()

    def expect_untouched(self) -> None:
        """Raise unless the weights are as the optimizer left them.

        Raises:
            InputError: somebody else has written them.
        """
        for parameter, version in zip(self._parameters, self._versions, strict=True):
            if parameter.data_ptr() != self._weights[parameter].data_ptr() or parameter._version != version:
                raise InputError(
                    f"weights {list(parameter.shape)} were changed while the network learned, by its own code or a "
                    "callback's; processes of one machine have them in common: train it with one process"
                )

    @torch.no_grad()
    def end(self, states: dict[Tensor, dict[str, Tensor]]) -> None:
        """Give this process weights of its own again, and to its optimizer, that keeps `states`, what it keeps."""
        for parameter, place in self._weights.items():
            if parameter.data_ptr() == place.data_ptr():
                parameter.data = place.clone()
            for name, places in self._kept.items():
                state = states.get(parameter, {})
                if state.get(name) is places[parameter]:
                    state[name] = places[parameter].clone()


def versions(networks: Sequence[nn.Module]) -> list[int]:
    """How often each of the weights was written; `possible` takes them from before the networks ran."""
    return [parameter._version for network in networks for parameter in network.parameters()]


def possible(networks: Sequence[nn.Module], before: Sequence[int]) -> bool:
    """Whether weights can be had in common: nobody else's code runs in `networks`, which have not written them, and
    each lies in a memory of its own.
    """
    modules = [module for network in networks for module in network.modules()]
    known = all(type(m).__module__.startswith(KNOWN) and "forward" not in vars(m) for m in modules)
    hooked = any(
        m._forward_hooks or m._forward_pre_hooks or m._backward_hooks or m._backward_pre_hooks for m in modules
    )
    tensors = [t for network in networks for t in (*network.parameters(), *network.buffers()) if t.numel()]
    places = {t.untyped_storage().data_ptr() for t in tensors}
    apart = len(places) == len(tensors) and all(t.untyped_storage().nbytes() == t.nbytes for t in tensors)
    return known and not hooked and apart and versions(networks) == list(before)
