"""PyTorch's AdamW as it is, without PyTorch's compiler.

Every optimizer of PyTorch's loads `torch._dynamo` when it is made, and again asks it at each step, to keep itself out
of graphs that `torch.compile` makes. Steps are never compiled here, and that import is a second of every training's
start; so the methods are taken as they were before they were wrapped for it.
"""

from collections.abc import Callable
from inspect import unwrap
from typing import Any

import torch
from torch import Tensor

from fivebyfive.training.dividing import KEPT, Division


class AdamW(torch.optim.AdamW):
    """AdamW, whose methods do what PyTorch's do and nothing else.

    Attributes:
        division: of its steps among the processes of a machine; None: this process takes whole steps.
    """

    division: Division | None = None

    add_param_group = unwrap(torch.optim.AdamW.add_param_group)
    state_dict = unwrap(torch.optim.AdamW.state_dict)
    load_state_dict = unwrap(torch.optim.AdamW.load_state_dict)
    zero_grad = unwrap(torch.optim.AdamW.zero_grad)
    _step = unwrap(torch.optim.AdamW.step)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step, as PyTorch's; by all processes among whom it is divided."""
        loss = self._step(closure)
        if self.division is not None:
            self.division.meet()
        return loss

    def part(self, parameter: Tensor, tensor: Tensor) -> Tensor:
        """What of `tensor`, which lies in memory as `parameter` does, this process's steps are to take."""
        return tensor if self.division is None else self.division.part(parameter, tensor)

    def _init_group(self, group: Any, parameters: Any, gradients: Any, means: Any, squares: Any, *more: Any) -> Any:
        """Name what a step goes through; PyTorch's own, and then of each tensor the part that this process takes."""
        found = super()._init_group(group, parameters, gradients, means, squares, *more)  # type: ignore[no-untyped-call]
        if self.division is not None:
            for n, parameter in enumerate(parameters):
                state = self.state[parameter]
                self.division.hold(parameter, state)
                taken = (parameter.data, gradients[n], *(state[name] for name in KEPT))
                parameters[n], gradients[n], means[n], squares[n] = (self.part(parameter, t) for t in taken)
        return found
