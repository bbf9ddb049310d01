"""A training that several processes share: each learns from its part of every batch, and all take the very same step.

What a step comes to is what one process would make of the whole batch, within rounding: gradients are added up, by
PyTorch's `DistributedDataParallel` or, on one machine's processor, in memory (`gradients.py`), where the optimizer's
steps are divided too (`dividing.py`), and batch normalization sees the whole batch (`spread.py`). Random numbers, of
dropout and of changed pictures, follow from seed, step and rank: nothing of them has to be kept, and a training goes on
after any step with any number of processes.

Source: S. Li et al., PyTorch Distributed: Experiences on Accelerating Data Parallel Training, 2020,
https://arxiv.org/abs/2006.15704
"""

import dataclasses
import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fivebyfive.errors import InputError
from fivebyfive.group import Group, current, near
from fivebyfive.neighbours import Neighbours
from fivebyfive.networks.fused import fast_forward
from fivebyfive.state import load_into, tensors_of
from fivebyfive.training import checkpoint, dividing
from fivebyfive.training.adamw import AdamW
from fivebyfive.training.checkpoint import State
from fivebyfive.training.gradients import Gradients
from fivebyfive.training.plans import Plan
from fivebyfive.training.spread import over_all

T = TypeVar("T")


class Share:
    """One process's share of a training; all of it, for a process that is alone.

    Args:
        batch_size: of the whole batch.
        seed: of the training.

    Attributes:
        part: of every batch that is this process's.
    """

    def __init__(self, group: Group, batch_size: int, seed: int) -> None:
        self._group, self._batch_size, self._seed = group, batch_size, seed
        self.part = even_part(group, batch_size)
        self._learning: list[nn.Module] = []
        self._before: list[int] = []
        self._optimizer: AdamW | None = None
        self._gradients: Gradients | None = None
        self._weight = (self.part.stop - self.part.start) * group.size / batch_size

    def learner(self, network: nn.Module) -> Callable[[Tensor], Tensor]:
        """The quickest way through `network`; what all processes find is added up in its backward, or by `gather`."""
        if self._group.alone:
            return fast_forward(network)
        if near() is not None and all(p.device.type == "cpu" for p in network.parameters()):
            self._learning.append(network)
            whole = fast_forward(network)
        else:
            warnings.filterwarnings(
                "ignore", "Grad strides do not match"
            )  # what that costs is measured in milliseconds
            whole = nn.parallel.DistributedDataParallel(_Fast(network), find_unused_parameters=True)

        def forward(x: Tensor) -> Tensor:
            with over_all(self._group):
                return whole(x)

        return forward

    def gather(self) -> None:
        """After the way back: the gradients of all learners become those of the whole batch, if they are not yet."""
        neighbours = near()
        if neighbours is None or not self._learning:
            return
        if self._gradients is None:
            self._gradients = Gradients(neighbours, self._parameters())
            self._divide(neighbours)
        elif self._optimizer is not None and self._optimizer.division is not None:
            self._optimizer.division.expect_untouched()
        self._gradients.average()

    @contextmanager
    def dividing(self, optimizer: Optimizer) -> Iterator[None]:
        """Meanwhile, the processes of this machine take the steps of `optimizer` together, where they can."""
        if near() is None or not self._learning or not isinstance(optimizer, AdamW):
            yield
            return
        self._optimizer, self._before = optimizer, dividing.versions(self._learning)
        try:
            yield
        finally:
            if optimizer.division is not None:
                optimizer.division.end(optimizer.state)
                optimizer.division = None

    def _divide(self, neighbours: Neighbours) -> None:
        """After the first way there and back: by then, a layer of PyTorch's that writes its weights has done so."""
        if self._optimizer is not None:
            possible = dividing.possible(self._learning, self._before)
            if not self._group.any(not possible):
                self._optimizer.division = dividing.Division(neighbours, self._parameters())

    def _parameters(self) -> list[Tensor]:
        return list(dict.fromkeys(p for network in self._learning for p in network.parameters()))

    def begin(self, step: int) -> None:
        """Let the random numbers of `step` follow from it: each process has its own."""
        if self._group.alone:
            return
        words = np.random.SeedSequence([self._seed, step, self._group.rank]).generate_state(3)
        torch.default_generator.manual_seed(int(words[0]))  # `torch.manual_seed` takes longer than a small step
        if torch.cuda.is_available():
            torch.cuda.manual_seed(int(words[0]))
        np.random.seed(words[1])
        random.seed(int(words[2]))

    def of_whole(self, loss: Tensor) -> Tensor:
        """A loss, the mean over this process's part, so that the mean of all processes' is that of the whole batch."""
        return loss if self._group.alone or self._weight == 1.0 else loss * self._weight

    def mean(self, loss: float) -> float:
        """What `of_whole` made, as the loss of the whole batch."""
        return loss if self._group.alone else self._group.summed(loss)[0] / self._group.size

    def over_all(self, *means: float) -> tuple[float, ...]:
        """Means over this process's part of a batch, as means over the whole batch."""
        if self._group.alone:
            return means
        count = self.part.stop - self.part.start
        return tuple(total / self._batch_size for total in self._group.summed(*(mean * count for mean in means)))


def even_part(group: Group, count: int) -> slice:
    """This process's part of a batch of `count` images; neighbours, which may be mixed, stay together."""
    if count < 2 * group.size:
        return group.part(count)
    pairs = group.part(count // 2)
    return slice(2 * pairs.start, count if group.rank == group.size - 1 else 2 * pairs.stop)


class _Fast(nn.Module):
    """A network by its quickest way, as a module, which is what PyTorch spreads."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return fast_forward(self.network)(x)


def restored(folder: Path, network: nn.Module, optimizer: Optimizer, steps: int) -> tuple[int, float]:
    """`checkpoint.restore`, read by the first process, for all of them: only its machine need have the folder."""
    group = current()
    if group.alone:
        return checkpoint.restore(folder, network, optimizer, steps)
    progress, weights, state = (0, 0.0), {}, {}
    if group.first:
        progress = checkpoint.restore(folder, network, optimizer, steps)
        weights, state = {name: value.cpu() for name, value in tensors_of(network).items()}, _on_cpu(optimizer)
    progress, weights, state = group.told((progress, weights, state))
    if not group.first:
        load_into(network, weights)
        checkpoint.give(optimizer, state)
    return progress


def alike(network: nn.Module) -> None:
    """Give `network` in every process the state that it has in the first one."""
    if not current().alone:
        load_into(network, current().told({name: value.cpu() for name, value in tensors_of(network).items()}))


def _on_cpu(optimizer: Optimizer) -> State:
    state = optimizer.state_dict()["state"].items()
    return {index: {name: value.cpu() for name, value in values.items()} for index, values in state}


def expect_shareable(plan: Plan) -> None:
    """Raise unless every process is about to train the same, and has something to do in every step."""
    size, batch_size = current().size, plan.recipe.batch_size
    if batch_size < size:
        raise InputError(
            f"batch_size is {batch_size} and there are {size} processes; each needs one picture of every batch: give a "
            "larger batch_size, or start fewer processes"
        )
    if plan.recipe.accumulate > 1 and batch_size % size:
        raise InputError(
            f"batch_size is {batch_size}, and with accumulate {plan.recipe.accumulate} each of {size} processes needs "
            f"as many pictures as any other; give a batch_size that is a multiple of {size}"
        )
    for rank, other in enumerate(current().gathered(plan)):
        for field in dataclasses.fields(Plan):
            if getattr(other, field.name) != getattr(plan, field.name):
                raise InputError(
                    f"the run's {field.name} is not the same for process {rank} as for process {current().rank}; give "
                    "all processes the same call, and all machines the same code, versions and data"
                )


@contextmanager
def by_first(make: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """The context that `make` makes, which the first process enters; what it gives, in all processes."""
    group = current()
    if group.first:
        with make() as found:
            yield group.told(found)
    else:
        yield group.told(cast(T, None))
