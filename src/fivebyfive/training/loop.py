"""The training loop: one batch after another, as a recipe says.

A batch is picked out of the data set's bytes (`feeding.py`), made floats and normalised at once. Everything that
is logged, drawn or saved happens in `Watcher`'s methods, outside the time that is reported as training.
"""

import time
from collections.abc import Collection
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from fivebyfive.datasets import Images
from fivebyfive.group import current
from fivebyfive.memory import keep_freed_memory
from fivebyfive.networks import as_input, members
from fivebyfive.networks.fused import fast_forward
from fivebyfive.outputs import LOGITS, as_logits
from fivebyfive.progress import Progress
from fivebyfive.training import averaging, feeding, heads, normalization, photographs, schedule, weighing
from fivebyfive.training.adamw import AdamW
from fivebyfive.training.batches import Batches
from fivebyfive.training.distributed import Share
from fivebyfive.training.filming import Filming
from fivebyfive.training.muon import Muon
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.stepping import Stepper


class Watcher(Protocol):
    """Who is told what happens; the clock stands still meanwhile."""

    def stepped(self, step: int, seconds: float) -> bool:
        """After every step; true asks the loop to stop."""

    def displayed(self, progress: Progress) -> None:
        """After every `display_step` steps."""


def optimizer_for(network: nn.Module, recipe: Recipe, head: Collection[str] = ()) -> Optimizer:
    """Adam, AdamW where the recipe lets weights decay, or Muon beside it; one fused kernel a step.

    Args:
        head: names of the last layer's state, where that learns in another way than the rest.
    """
    adam: dict[str, Any] = {
        "lr": recipe.learning_rate,
        "betas": (recipe.beta1, recipe.beta2),
        "eps": recipe.epsilon,
        "weight_decay": recipe.weight_decay,
        "fused": True,
    }
    optimizer = (
        Muon(network, recipe.muon_rate, recipe.momentum, **adam)
        if recipe.muon_rate
        else AdamW(heads.groups(network, head, recipe) if head else network.parameters(), **adam)
    )
    for group in optimizer.param_groups:
        group["highest_lr"] = group["lr"]
    return optimizer


def run(
    network: nn.Module,
    optimizer: Optimizer,
    images: Images,
    recipe: Recipe,
    seed: int,
    watcher: Watcher,
    first_step: int = 0,
    seconds: float = 0.0,
    outputs: str = LOGITS,
    film: Filming | None = None,
    head: Collection[str] = (),
    losses: list[float] | None = None,
) -> tuple[int, float]:
    """Train `network` from `first_step` to the recipe's last step, or until `watcher` asks to stop.

    Args:
        outputs: what the network gives, one of `outputs.KINDS`; the loss is that of logits in any case.
        film: films it; the clock stands still meanwhile.
        head: as in `optimizer_for`.
        losses: gets the loss of each step, before it was taken.

    Returns:
        The number of steps taken in all, and the seconds of training in all.
    """
    keep_freed_memory()
    device = next(network.parameters()).device
    labels = torch.from_numpy(images.labels)
    share = Share(current(), recipe.batch_size, seed)
    batches = Batches(len(images), recipe.batch_size, seed, share.part)
    feed = feeding.feed(images.pixels, batches, range(first_step, recipe.steps()))
    weights = weighing.weights(images.labels, recipe)
    learners = [Stepper(member, share, recipe, outputs, weights) for member in members(network)]
    phases = heads.Phases(network, head, recipe) if head else None
    network.train()
    with share.dividing(optimizer):
        for index in range(first_step, recipe.steps()):
            started = time.perf_counter()
            step, chosen = index + 1, batches[index]
            pictures, y = feed(chosen).to(device), labels[chosen].to(device)
            schedule.set_rates(optimizer, recipe, step)
            optimizer.zero_grad()
            share.begin(step)
            if phases is not None:
                phases.at(step)
            for number, learner in enumerate(learners):
                draws = photographs.drawn(recipe, seed, index, number) if recipe.photographs() else None
                loss = learner.learn(pictures, y, draws and draws[share.part], step)
            if film is not None:
                seconds += time.perf_counter() - started
                film.stepping(step)
                started = time.perf_counter()
            share.gather()
            if losses is not None:
                losses.append(share.mean(loss.item()))
            if film is not None:
                film.gathered()
            optimizer.step()
            if recipe.averaging:
                averaging.update(optimizer, recipe.averaging, step)
            if step == recipe.steps():
                settle(network, optimizer, images, recipe, seed)
            seconds += time.perf_counter() - started
            if film is not None:
                film.stepped(step, seconds)
            if step % recipe.display_step == 0:
                loss_seen, accuracy = share.over_all(*_look(network, as_input(pictures, network), y, outputs))
                watcher.displayed(Progress(step, step * recipe.batch_size, loss_seen, accuracy, seconds))
            stopped = watcher.stepped(step, seconds)
            if phases is not None and (stopped or step == recipe.steps()):
                phases.end()
            if stopped:
                return step, seconds
    return recipe.steps(), seconds


def settle(
    network: nn.Module,
    optimizer: Optimizer,
    images: Images,
    recipe: Recipe,
    seed: int,
    most: int = normalization.ENOUGH,
) -> None:
    """Make of a network that learned what a training comes to: the mean of its weights, and what its normalized layers
    see with them.

    Args:
        images: the training images.
        most: of them, to measure by.
    """
    if recipe.averaging:
        averaging.take(optimizer)
    if recipe.measures():
        for member in members(network):
            normalization.measure(member, images.pixels, recipe.batch_size, seed, most)


def _look(network: nn.Module, x: Tensor, y: Tensor, outputs: str) -> tuple[float, float]:
    """Loss and accuracy on a batch, with dropout off, as the post prints them."""
    network.eval()
    with torch.no_grad():
        logits = as_logits(fast_forward(network)(x), outputs)
    network.train()
    correct = (logits.argmax(1) == y).float().mean().item()
    return F.cross_entropy(logits, y).item(), correct
