"""The running mean of the weights: steps that go to and fro cancel out in it, and it reads better than any of them.

It is kept beside the optimizer's own state of each weight, and so in every checkpoint.

Source: B. Polyak and A. Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992.
"""

import torch
from torch.optim import Optimizer

EVERY = 8
"""Steps between two looks at the weights: they change little in so few, and looking costs time."""


def update(optimizer: Optimizer, decay: float, step: int) -> None:
    """Let the mean follow the weights as they are after `step`, counted from 1: a plain mean at first.

    Args:
        decay: what is left of the mean's past after one step.
    """
    if step % EVERY:
        return
    weight = max(1.0 - decay**EVERY, EVERY / step)
    with torch.no_grad():
        for parameter, state in optimizer.state.items():
            if "average" not in state:
                state["average"] = parameter.clone()  # it may have begun to learn only now
            state["average"].lerp_(parameter, weight)


def take(optimizer: Optimizer) -> None:
    """Put the mean in the weights' place; where the weights lie, they are left alone."""
    for parameter, state in optimizer.state.items():
        if "average" in state:
            parameter.data = state["average"]
