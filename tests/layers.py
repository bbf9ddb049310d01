"""Networks of one layer, used in any way: attention and recurrent layers are called in many."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.explain import Step, Trace
from sums import expect_true, five_places


class Uses(nn.Module):
    """A network that calls its layer, or does with it and the input what it is told."""

    def __init__(self, layer: nn.Module, does: Callable[..., Any] | None = None) -> None:
        super().__init__()
        self.layer = layer
        self.does = does

    def forward(self, x: Tensor) -> Any:
        return self.layer(x) if self.does is None else self.does(self.layer, x)


def drawn(layer: nn.Module, spread: float = 1.0) -> nn.Module:
    """The layer in double precision, with weights and biases that are neither small nor alike."""
    torch.manual_seed(0)
    for parameter in layer.double().parameters():
        nn.init.normal_(parameter, std=spread)
    return layer


def steps_of(trace: Trace, kind: str) -> list[Step]:
    """The steps of one kind."""
    return [step for step in trace.steps if step.kind == kind]


def everywhere(step: Step) -> list[tuple[int, int, int]]:
    """Each position of the output."""
    height, width, channels = step.size
    return [(y, x, c) for y in range(height) for x in range(width) for c in range(channels)]


def expect_sums(steps: list[Step]) -> None:
    """Each of a few numbers, or five of many, has its sum."""
    assert steps
    for step in steps:
        places = everywhere(step)
        expect_true(step, places if len(places) <= 64 else five_places(step), known=True)
