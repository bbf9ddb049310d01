"""A training is filmed: after chosen steps its weights are kept, with the gradient, m and v that the step used.

Filming changes nothing: it draws no random number, and what it shows the network leaves no trace in it. Where it would
take more than its share of the training's time, a frame is left out. What cannot be written ends the film, not the
training.

Weights are kept as float16. Gradients, m, v and changes span many orders of magnitude, v most of all, being a square:
they are bfloat16, which has float32's range, with a relative error of 1/512 at the most, 1/1024 for the root of v.
"""

import bisect
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from fivebyfive.datasets import Dataset, Images
from fivebyfive.errors import Failure, InputError
from fivebyfive.networks import as_input
from fivebyfive.networks.fused import fast_forward
from fivebyfive.outputs import as_logits
from fivebyfive.state import untouched
from fivebyfive.training import frames as planning
from fivebyfive.training import keeping, reels
from fivebyfive.training.keeping import ADAMW, Part
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.reels import Frame

SHARE = 0.045
"""Of the training's time that filming plans to take; frames take longer now and then, and the last is always taken."""
WRITING = 1.2e-9
"""Seconds that a byte is taken to need on its way to the disk."""


@dataclass
class Filming:
    """Films one training.

    Args:
        folder: of the film.
        frames: at the most.
        shown: the pictures that the network is shown at every frame.
        outputs: what the network gives, one of `outputs.KINDS`.
        warn: is told, in a sentence, why the film ends early.
        clock: of seconds.
    """

    folder: Path
    network: nn.Module
    optimizer: Optimizer
    recipe: Recipe
    frames: int
    shown: Images
    outputs: str
    warn: Callable[[str], object]
    clock: Callable[[], float] = time.perf_counter
    spent: float = 0.0
    pending: list[Frame] = field(default_factory=list)
    ended: bool = False

    def __post_init__(self) -> None:
        self.kept = keeping.keeping(self.network, self.optimizer, self.frames)
        self.steps = planning.planned(self.frames, self.recipe.steps())
        self.whole_steps = keeping.whole_steps(self.kept, self.steps, self.frames)
        self._numbers = {step: n for n, step in enumerate(self.steps)}
        self._parameters = dict(self.network.named_parameters())
        self._taking: _Before | None = None
        self._seconds, self._step, self._last_whole = 0.0, 0, -1
        self._passed_before, self._taken, self._waiting = 0, 0, 0

    def in_words(self) -> str | None:
        """What of the network the film leaves out, as a sentence; None: nothing."""
        return keeping.in_words(self.kept, len(self.whole_steps))

    def begin(self, step: int, seconds: float) -> None:
        """Training goes on after `step`; where that is its beginning, the initial weights are the first frame."""
        self._step, self._seconds, self._last_whole = step, seconds, step if step else -1
        self._passed_before = self._passed(step) if step else 0
        with self._guarded():
            if not step and 0 in self._numbers:
                self._take(0, None)

    def stepping(self, step: int) -> None:
        """The weights are as they were before `step`: other processes, which may have them too, wait for this one."""
        if self.ended or step not in self._numbers or not self._affordable(step):
            return
        with self._guarded():
            self._taking = _Before([None] * len(self.kept.parts), _flat(self.kept.parts, self._weights()))

    def gathered(self) -> None:
        """The gradients of that step are there."""
        if self._taking is not None:
            self._taking.gradients = [self._parameters[part.name].grad for part in self.kept.parts]

    def stepped(self, step: int, seconds: float) -> None:
        """After `step`, and `seconds` of training in all."""
        self._step, self._seconds = step, seconds
        if self._taking is None:
            return
        before, self._taking = self._taking, None
        with self._guarded():
            self._take(step, before)

    def write(self) -> None:
        """Put on the disk what was filmed since the last time."""
        if self.ended or not self.pending:
            return
        with self._guarded():
            reels.write(self.folder, self.pending, self.kept, self.shown)
            self.pending, self._waiting = [], 0

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Counts the time; what goes wrong ends the film, and nothing else."""
        started = self.clock()
        try:
            yield
        except (
            Failure,
            InputError,
            OSError,
            RuntimeError,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
        ) as error:
            self.ended, self.pending, self._taking = True, [], None
            self.warn(f"the film of this training ends here ({' '.join(str(error).split())[:200]})")
        self.spent += self.clock() - started

    def _affordable(self, step: int) -> bool:
        """Whether there is time for a frame after `step`, if it takes what others did; the last one is always taken."""
        if step == self.recipe.steps():
            return True
        return (self.spent + WRITING * self._waiting) * (1 + 1 / max(1, self._taken)) <= self._allowed(step)

    def _allowed(self, step: int) -> float:
        """Seconds that filming may have taken until `step`, since training goes on: of all that it may take, as much as
        of its frames.
        """
        if not self._step:
            return math.inf
        whole = self._seconds / self._step * self.recipe.steps()
        return SHARE * whole * (self._passed(step) - self._passed_before) / len(self.steps)

    def _passed(self, step: int) -> int:
        """How many frames are planned up to `step`."""
        return bisect.bisect_right(self.steps, step)

    def _take(self, step: int, before: "_Before | None") -> None:
        weights = self._weights()
        flat = _flat(self.kept.parts, weights)
        rows = {"weights": flat.to(torch.float16), **self._used(flat, step, before)}
        if self.kept.state:
            rows["state"] = self._state()
        if len(self.shown):
            rows["answers"], rows["losses"] = self._probe()
        whole = None
        if any(self._last_whole < due <= step for due in self.whole_steps):
            self._last_whole = step
            large = [w for part, w in zip(self.kept.parts, weights, strict=True) if not part.whole]
            whole = [w.reshape(-1).to("cpu", torch.float16, copy=True) for w in large]
        frame = Frame(step, rows, whole)
        self.pending.append(frame)
        self._waiting += frame.bytes
        self._taken += 1

    def _used(self, flat: Tensor, step: int, before: "_Before | None") -> dict[str, Tensor]:
        """What the step used: the gradient, m and v, how many steps each tensor has taken, and what changed."""
        parts = self.kept.parts
        states = [self.optimizer.state.get(self._parameters[part.name], {}) for part in parts]
        m = [s.get("exp_avg" if p.optimizer == ADAMW else "momentum") for s, p in zip(states, parts, strict=True)]
        v = [s.get("exp_avg_sq") for s, p in zip(states, parts, strict=True) if p.optimizer == ADAMW]
        replaced = self.recipe.averaging and step == self.recipe.steps()  # by the running mean: no change of this step
        change = flat - before.weights if before and not replaced else torch.full_like(flat, torch.nan)
        used = {
            "taken": torch.tensor([_taken(state, step) for state in states], dtype=torch.int32),
            "gradients": _flat(parts, before.gradients if before else [None] * len(parts)),
            "m": _flat(parts, m),
            "v": _flat(self.kept.by_adamw, v),
            "changes": change,
        }
        return {name: value.to(torch.bfloat16) if value.is_floating_point() else value for name, value in used.items()}

    def _weights(self) -> list[Tensor]:
        return [self._parameters[part.name].detach() for part in self.kept.parts]

    def _state(self) -> Tensor:
        state = self.network.state_dict()
        return torch.cat([state[name].detach().reshape(-1).float() for name, _ in self.kept.state or ()]).cpu()

    def _probe(self) -> tuple[Tensor, Tensor]:
        """What the network says of the pictures, as it reads when it does not learn: probabilities and the loss."""
        modes = [(module, module.training) for module in self.network.modules()]
        device = next(self.network.parameters()).device
        pictures = torch.from_numpy(self.shown.pixels).to(device)
        labels = torch.from_numpy(self.shown.labels).to(device)
        self.network.eval()
        try:
            with untouched(self.network), torch.no_grad():
                logits = as_logits(fast_forward(self.network)(as_input(pictures, self.network)), self.outputs).float()
                return logits.softmax(1).half().cpu(), F.cross_entropy(logits, labels).cpu()
        finally:
            for module, training in modes:
                module.training = training


@dataclass
class _Before:
    """What is there before a step: the gradients, and what is kept of the weights, flat."""

    gradients: Sequence[Tensor | None]
    weights: Tensor


def _taken(state: dict[str, Tensor], step: int) -> int:
    """How many steps a tensor has taken, by its optimizer's count; Muon does not count."""
    count = state.get("step")
    if count is None:
        return 0
    return step if "momentum" in state else int(count)


def _flat(parts: Sequence[Part], values: Sequence[Tensor | None]) -> Tensor:
    """What is kept of `values`, one for each of `parts`, one behind the other; NaN for what is not there."""
    if not parts:
        return torch.empty(0)
    device = next((value.device for value in values if value is not None), torch.device("cpu"))
    pieces = [_piece(part, value).to(device) for part, value in zip(parts, values, strict=True)]
    return torch.cat(pieces).float().cpu()


def _piece(part: Part, value: Tensor | None) -> Tensor:
    if value is None:
        return torch.full((part.kept,), torch.nan)
    flat = value.detach().reshape(-1)
    return flat if part.whole else flat[part.indices.to(flat.device)]


def filming(
    folder: Path,
    network: nn.Module,
    optimizer: Optimizer,
    recipe: Recipe,
    frames: int,
    data: Dataset,
    outputs: str,
    warn: Callable[[str], object],
) -> Filming:
    """What films a training on `data`: its pictures are some of those that are there to choose by."""
    images = data.validation if len(data.validation) else data.train
    count = keeping.probes(recipe, frames, images.pixels[:1].nbytes, len(images))
    chosen = torch.arange(count) * len(images) // max(1, count)
    return Filming(folder, network, optimizer, recipe, frames, images[chosen.numpy()].in_memory(), outputs, warn)
