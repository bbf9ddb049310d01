"""How much of a network a film keeps, all of it known before the first step.

A frame keeps small tensors whole and of a large one the same few of its numbers every time, spread evenly over it; a
few frames keep its weights whole besides.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fivebyfive.training.frames import BYTES, FRAMES, bytes_for
from fivebyfive.training.recipe import Recipe

NUMBER = 10
"""Bytes that a number takes in a frame: its weight, gradient, m, v and change in half precision."""
EVERY_FRAME = 0.7
"""The share of a film's bytes that is for what every frame keeps; the rest is for large tensors, whole."""
SAMPLE = 4096
"""Numbers of a large tensor that every frame keeps, at the most."""
STATE = 0.1
"""The share of a frame's bytes that the network's other state may take: running means and the like."""
PROBES, FEWEST_PROBES, PROBE_BYTES = 64, 8, 2_000_000
"""Pictures that a film shows the network, and the bytes that they have together, at the most."""
PROBING = 0.06
"""All that are shown come to so many a picture learned; learning one takes three times as long as reading it."""
GOLDEN = 0.6180339887498949
ADAMW, MUON = "adamw", "muon"


@dataclass(frozen=True)
class Part:
    """A tensor that is trained, and how much of it is in every frame.

    Attributes:
        kept: so many of its numbers.
        optimizer: ADAMW or MUON.
    """

    name: str
    shape: tuple[int, ...]
    kept: int
    optimizer: str

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def whole(self) -> bool:
        """Whether every frame keeps all of it."""
        return self.kept == self.size

    @cached_property
    def indices(self) -> Tensor:
        """Where the kept numbers are in the tensor, flat, int64 [kept]: one in each of as many equal stretches, each
        time elsewhere in it, so that no row or column is preferred.
        """
        n = torch.arange(self.kept, dtype=torch.float64)
        return ((n + (0.0 if self.whole else 1.0) * (n * GOLDEN).frac()) * (self.size / self.kept)).floor().long()


@dataclass(frozen=True)
class Keeping:
    """What every frame of a film keeps.

    Attributes:
        parts: what is trained, in the network's order.
        state: names and shapes of the network's other state, where there is little of it; None: too much, or of a kind
            that cannot be kept.
        inputs_first: the first dimensions of a tensor are its inputs, as in the post; else the last.
    """

    parts: tuple[Part, ...]
    state: tuple[tuple[str, tuple[int, ...]], ...] | None
    inputs_first: bool = False

    @cached_property
    def numbers(self) -> int:
        """How many numbers of what is trained are in every frame."""
        return sum(part.kept for part in self.parts)

    @cached_property
    def by_adamw(self) -> tuple[Part, ...]:
        """What AdamW trains: only that has a v."""
        return tuple(part for part in self.parts if part.optimizer == ADAMW)

    @cached_property
    def numbers_of_state(self) -> int:
        """The same of the network's other state."""
        return sum(math.prod(shape) for _, shape in self.state or ())

    @cached_property
    def large(self) -> tuple[Part, ...]:
        """The tensors that not every frame keeps whole."""
        return tuple(part for part in self.parts if not part.whole)

    def as_json(self) -> dict[str, Any]:
        """As a reel holds it."""
        return {
            "parts": [[p.name, list(p.shape), p.kept, p.optimizer] for p in self.parts],
            "state": None if self.state is None else [[name, list(shape)] for name, shape in self.state],
            "inputs_first": self.inputs_first,
        }


def keeping(network: nn.Module, optimizer: Optimizer, frames: int) -> Keeping:
    """What every one of at most `frames` frames keeps of `network`."""
    by_muon = {id(p) for p in getattr(optimizer, "hidden", ())}
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    most = int(bytes_for(frames) * EVERY_FRAME) // (max(frames, 1) * NUMBER)
    kept = _kept({name: p.numel() for name, p in trained.items()}, min(most, BYTES // FRAMES // NUMBER))
    parts = [
        Part(name, tuple(p.shape), kept[name], MUON if id(p) in by_muon else ADAMW)
        for name, p in trained.items()
        if p.numel()
    ]
    inputs_first = getattr(network, "layout", None) == "flat"  # the post's filters: [..., in, out]
    return Keeping(tuple(parts), _state(network, trained, frames), inputs_first)


def _kept(sizes: Mapping[str, int], most: int) -> dict[str, int]:
    """How many numbers of each tensor a frame keeps: the small ones whole, until only `SAMPLE` of each other fits."""
    kept = {}
    left = most
    for done, (name, size) in enumerate(sorted(sizes.items(), key=lambda item: item[1])):
        others = len(sizes) - done - 1
        fits = size + others * min(SAMPLE, size) <= left or size <= left // (others + 1)
        kept[name] = size if fits else max(1, min(size, SAMPLE, left // (others + 1)))
        left = max(0, left - kept[name])
    return kept


def _state(
    network: nn.Module, trained: Mapping[str, Tensor], frames: int
) -> tuple[tuple[str, tuple[int, ...]], ...] | None:
    rest = {name: value for name, value in network.state_dict().items() if name not in trained}
    if not all(isinstance(value, Tensor) and not value.is_complex() for value in rest.values()):
        return None
    most = STATE * bytes_for(frames) / max(frames, FRAMES) / 4
    if sum(value.numel() for value in rest.values()) > most:
        return None
    return tuple((name, tuple(value.shape)) for name, value in rest.items())


def whole_steps(kept: Keeping, steps: tuple[int, ...], frames: int) -> tuple[int, ...]:
    """Those of the planned `steps` that keep the large tensors' weights whole: as many as there is room for, evenly
    spread, the last one always and the first one next.
    """
    each = 2 * sum(part.size for part in kept.large)
    every = len(steps) * (kept.numbers * NUMBER + kept.numbers_of_state * 4)
    count = min(len(steps), max(0, bytes_for(frames) - every) // each) if each else 0
    if count < 2:
        return steps[len(steps) - count :]
    return tuple(steps[n * (len(steps) - 1) // (count - 1)] for n in range(count))


def probes(recipe: Recipe, frames: int, picture: int, pictures: int) -> int:
    """How many of so many `pictures`, each of `picture` bytes, every frame shows the network."""
    learned = recipe.steps() * recipe.batch_size
    affordable = max(FEWEST_PROBES, int(PROBING * learned / max(1, frames)))
    return min(PROBES, affordable, max(1, PROBE_BYTES // picture), pictures)


def in_words(kept: Keeping, whole: int) -> str | None:
    """What of the network a film leaves out, as a sentence; None: nothing."""
    if not kept.large:
        return None
    largest = max(kept.large, key=lambda part: part.size)
    others = f" and {len(kept.large) - 1} more" if len(kept.large) > 1 else ""
    times = f"whole in {whole} frame{'s' if whole != 1 else ''}" if whole else "never whole"
    return (
        f"the film keeps {largest.kept:,} of the {largest.size:,} numbers of {largest.name}{others} in every frame, "
        f"and {'it' if not others else 'them'} {times}"
    )
