"""How the learning rate goes over a training: up to its highest, along it, and down to zero, in straight lines.

High rates find a good region quickly, low ones settle in it; the way up keeps the first steps from going astray.

Source: L. Smith and N. Topin, Super-Convergence, 2017, https://arxiv.org/abs/1708.07120 (one cycle, up and down).
"""

from torch.optim import Optimizer

from fivebyfive.training.recipe import Recipe


def share(step: int, steps: int, warmup: float, cooldown: float) -> float:
    """The share of the highest learning rate that `step` of `steps`, counted from 1, is taken with: (0, 1].

    Args:
        warmup, cooldown: the shares of all steps that go up and down.
    """
    up = step / (warmup * steps) if warmup else 1.0
    down = (steps - step + 1) / (cooldown * steps) if cooldown else 1.0
    return min(1.0, up, down)


def share_of(recipe: Recipe, step: int, begins: int = 0) -> float:
    """The share for `step` as `recipe` has it: of what begins to learn after some steps, up and down in those left."""
    waited = min(begins, step - 1)
    return share(step - waited, recipe.steps() - waited, recipe.warmup, recipe.cooldown)


def set_rates(optimizer: Optimizer, recipe: Recipe, step: int) -> None:
    """Give every group of `optimizer` the learning rate of `step`, counted from 1."""
    for group in optimizer.param_groups:
        group["lr"] = group["highest_lr"] * share_of(recipe, step, group.get("begins", 0))
