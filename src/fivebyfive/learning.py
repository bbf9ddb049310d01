"""How a network learned: the film of its training, and the life of any single weight in it.

`learn` opens the film in a run folder, also while the run is still training. Nothing is computed here: every number is
one that the training used, in half precision.
"""

import operator
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from fivebyfive import trust
from fivebyfive.errors import InputError, meant
from fivebyfive.lives import Life, Moment, Optimizer, step_taken
from fivebyfive.model import Model
from fivebyfive.networks import create
from fivebyfive.networks.spec import parse
from fivebyfive.progress import Look, Progress
from fivebyfive.training import film_reading, folder, heads, reels, schedule
from fivebyfive.training.film_reading import Reel
from fivebyfive.training.keeping import ADAMW, Keeping, Part
from fivebyfive.training.plans import Plan
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.update import Update

if TYPE_CHECKING:
    from torch import nn

QUANTITIES = ("weights", "gradients", "m", "v", "changes")
"""What is known of a tensor in a frame."""


def learn(run: str | Path) -> "Film":
    """The film of the training in the run folder `run`, as far as it is on the disk.

    Raises:
        InputError: there is no run, or no film of it, or it is damaged.
    """
    place = Path(run)
    plan, _ = folder.read(place)
    found = film_reading.read(place / reels.FILM, plan)
    if not found:
        raise InputError(_missing(place, plan))
    return Film(place, plan, found)


def _missing(place: Path, plan: Plan) -> str:
    if plan.film:
        return f"run {place} has no film yet: the first part of it is written with the first checkpoint; wait a moment"
    return f"run {place} has no film; train anew with another --out, and --film 60"


class Film:
    """The film of a training.

    A frame is what was there after a step: `frame` counts them from 0, -1 is the last one. The first one is the
    initial weights, with nothing of a step. Tensors are float32, read from half precision.

    Attributes:
        folder: of the run.
        plan: what was trained.
        steps: that the frames show.
    """

    def __init__(self, folder: Path, plan: Plan, found: Sequence[Reel]) -> None:
        self.folder, self.plan = folder, plan
        self._reels = found
        self._kept: Keeping = found[0].kept
        self.steps: tuple[int, ...] = tuple(step for reel in found for step in reel.steps)
        self._parts = {part.name: part for part in self._kept.parts}
        self._rows: dict[str, Tensor] = {}
        self._offsets = _offsets(self._kept.parts)
        self._offsets_of_v = _offsets(self._kept.by_adamw)

    # --- what it is of -----------------------------------------------------------------------------------------------

    @property
    def network(self) -> str:
        """The network's name."""
        return self.plan.network

    @property
    def recipe(self) -> Recipe:
        """How it was trained."""
        return self.plan.recipe

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each output."""
        return self.plan.classes

    @property
    def names(self) -> tuple[str, ...]:
        """Of the tensors that are trained."""
        return tuple(self._parts)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of these tensors."""
        return {name: part.shape for name, part in self._parts.items()}

    @property
    def history(self) -> list[Progress]:
        """The training's loss and accuracy, as it logged them."""
        return folder.history(self.folder)

    @property
    def looks(self) -> list[Look]:
        """Its looks at the validation images."""
        return folder.looks(self.folder)

    @property
    def replaced(self) -> bool:
        """Whether the last frame's weights are the running mean that training ends in: no step's own."""
        return bool(self.recipe.averaging) and self.steps[-1] == self.recipe.steps()

    def frame_at(self, step: int) -> int:
        """The last frame at or before `step`; 0 where there is none."""
        return max((n for n, filmed in enumerate(self.steps) if filmed <= step), default=0)

    # --- tensors -----------------------------------------------------------------------------------------------------

    def weights(self, name: str, frame: int) -> Tensor | None:
        """The weights of the tensor `name` after a frame's step; None where the frame does not keep all of them."""
        return self._whole("weights", name, frame)

    def gradients(self, name: str, frame: int) -> Tensor | None:
        """The gradient that the frame's step used; None where it is not kept whole, or there was none."""
        return self._whole("gradients", name, frame)

    def m(self, name: str, frame: int) -> Tensor | None:
        """The running mean of the gradient, AdamW's or Muon's, that the frame's step used; None as for `gradients`."""
        return self._whole("m", name, frame)

    def v(self, name: str, frame: int) -> Tensor | None:
        """AdamW's running mean of the squared gradient that the frame's step used; None also where Muon trains."""
        return self._whole("v", name, frame)

    def changes(self, name: str, frame: int) -> Tensor | None:
        """What the frame's step added to the weights; None as for `gradients`."""
        return self._whole("changes", name, frame)

    def sample(self, name: str) -> Tensor:
        """Where the numbers that every frame keeps of `name` are in the flat tensor: int64, ascending."""
        return self._part(name).indices

    def kept(self, quantity: str, name: str, frame: int) -> Tensor | None:
        """These numbers of "weights", "gradients", "m", "v" or "changes"; None where there are none."""
        if quantity not in QUANTITIES:
            raise InputError(f"'{quantity}' is not known{meant(quantity, QUANTITIES)}; choose one of {QUANTITIES}")
        frame, part = self._frame(frame), self._part(name)
        if quantity == "v" and part.optimizer != ADAMW:
            return None
        at = (self._offsets_of_v if quantity == "v" else self._offsets)[name]
        row = self._all(quantity)[frame, at : at + part.kept].float()
        return None if (quantity != "weights" and not self.taken(name, frame)) or _absent(quantity, row) else row

    def _whole(self, quantity: str, name: str, frame: int) -> Tensor | None:
        frame, part = self._frame(frame), self._part(name)
        if part.whole:
            kept = self.kept(quantity, name, frame)
            return None if kept is None else kept.reshape(part.shape)
        if quantity != "weights" or frame not in self._whole_frames:
            return None
        reel, row = self._whole_frames[frame]
        return reel.whole_row(self._kept.large.index(part), row).float().reshape(part.shape)

    def weight(self, name: str, *index: int) -> Life:
        """The life of one weight: what is known of it, frame by frame."""
        part = self._part(name)
        flat = _flat(part, index)
        found = (part.indices == flat).nonzero()
        place = int(found[0]) if len(found) else None
        moments = [self._moment(part, flat, place, frame) for frame in range(len(self.steps))]
        return Life(name, tuple(index), tuple(moment for moment in moments if moment is not None))

    def _moment(self, part: Part, flat: int, place: int | None, frame: int) -> Moment | None:
        step, rate = self.steps[frame], self.rate(part.name, frame)
        if place is None:
            whole = self._whole("weights", part.name, frame)
            return None if whole is None else Moment(frame, step, whole.flatten()[flat].item(), rate=rate)
        column = self._offsets[part.name] + place
        value = float(self._all("weights")[frame, column])
        if not self.taken(part.name, frame):
            return Moment(frame, step, value, rate=rate)
        known = {name: float(self._all(name)[frame, column]) for name in ("gradients", "m", "changes")}
        adamw = part.optimizer == ADAMW
        v = float(self._all("v")[frame, self._offsets_of_v[part.name] + place]) if adamw else None
        change = None if self.replaced and frame == len(self.steps) - 1 else known["changes"]
        return Moment(frame, step, value, known["gradients"], known["m"], v, rate, change)

    # --- the step's arithmetic ---------------------------------------------------------------------------------------

    def optimizer(self, name: str) -> Optimizer:
        """How the tensor `name` was trained."""
        part, recipe = self._part(name), self.recipe
        highest = recipe.learning_rate if part.optimizer == ADAMW else recipe.muon_rate
        highest *= recipe.body_rate if self._in_body(name) else 1.0
        adam = (recipe.beta1, recipe.beta2, recipe.epsilon, recipe.weight_decay)
        return Optimizer(part.optimizer, highest, *adam, recipe.momentum, self._kept.inputs_first)

    def rate(self, name: str, frame: int) -> float:
        """The learning rate that the frame's step took the tensor `name` with; 0 for the initial weights."""
        step = self.steps[self._frame(frame)]
        if not step:
            return 0.0
        begins = heads.frozen_steps(self.recipe) if self._in_body(name) else 0
        return self.optimizer(name).learning_rate * schedule.share_of(self.recipe, step, begins)

    def _in_body(self, name: str) -> bool:
        """Whether a tensor is of what learns in another way than the last layer."""
        return bool(self.plan.head) and name not in self.plan.head

    @cached_property
    def rates(self) -> tuple[float, ...]:
        """AdamW's learning rate at every frame; where the last layer learns in another way, that layer's."""
        recipe = self.recipe
        return tuple(recipe.learning_rate * schedule.share_of(recipe, step) if step else 0.0 for step in self.steps)

    def taken(self, name: str, frame: int) -> int:
        """How many steps the optimizer has taken with the tensor `name`: AdamW's t, for its corrections."""
        part = self._part(name)
        return int(self._all("taken")[self._frame(frame), self._kept.parts.index(part)])

    def update(self, name: str, *index: int, frame: int = -1) -> Update:
        """The step that made one weight what it was at a frame, as arithmetic: g → m → v → step → new weight.

        The numbers are the film's, in half precision; what the optimizer kept before the step follows from them.

        Raises:
            InputError: the frame does not hold what the step used.
        """
        found = self._frame(frame)
        moment = next((one for one in self.weight(name, *index).moments if one.frame == found), None)
        if moment is None or moment.change is None:
            step = self.steps[found]
            raise InputError(
                f"the film does not hold what step {step:,} made of {name}{list(index)}; {self._sampled(name)}"
            )
        return step_taken(moment, self.optimizer(name), self.taken(name, found), self._part(name).shape)

    def _sampled(self, name: str) -> str:
        part = self._part(name)
        if len(part.indices) == prod(part.shape):
            return "give a frame of a step that was taken"
        return f"of {name} it holds that for {len(part.indices):,} of its numbers: film.sample({name!r})"

    # --- what it answered --------------------------------------------------------------------------------------------

    @cached_property
    def _pictures(self) -> tuple[Tensor, Tensor]:
        if not self._reels[0].shown:
            return torch.zeros(0, *self.plan.shape, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64)
        return film_reading.pictures(self._reels[0], self.plan)

    @property
    def pictures(self) -> Tensor:
        """What the network was shown at every frame, uint8 [K, H, W, C]: some of the validation images."""
        return self._pictures[0]

    @property
    def labels(self) -> Tensor:
        """What these pictures show, int64 [K]."""
        return self._pictures[1]

    def answers(self, frame: int) -> Tensor:
        """What the network said of them after a frame's step: probabilities [K, classes]."""
        frame = self._frame(frame)
        return self._all("answers")[frame].float() if self._reels[0].shown else torch.zeros(0, len(self.classes))

    def loss(self, frame: int) -> float:
        """The mean loss over the pictures, cross entropy, dropout off."""
        return float(self._all("losses")[self._frame(frame)]) if self._reels[0].shown else float("nan")

    def accuracy(self, frame: int) -> float:
        """The share of the pictures that it named rightly."""
        count = len(self.labels)
        return 1.0 - len(self.wrong(frame)) / count if count else float("nan")

    def wrong(self, frame: int) -> list[int]:
        """Which of the pictures it named wrongly; an answer that is no number is wrong."""
        answers = self.answers(frame)
        right = (answers.argmax(1) == self.labels) & answers.isfinite().all(1)
        return [int(n) for n in (~right).nonzero().flatten()]

    def model(self, frame: int, network: "nn.Module | None" = None) -> Model | None:
        """The network with a frame's weights, in half precision; None where the frame does not keep all of them.

        Args:
            network: gets the weights, if the run was begun with a module.

        Raises:
            InputError: its code has changed, or it is no network like the one that was trained.
        """
        frame = self._frame(frame)
        values = {name: self.weights(name, frame) for name in self.names}
        if self._kept.state is None or any(value is None for value in values.values()):
            return None
        module = self._made() if network is None else network
        at, row = 0, self._all("state")[frame] if self._kept.state else torch.zeros(0)
        for name, shape in self._kept.state:
            values[name] = row[at : at + prod(shape)].reshape(shape)
            at += prod(shape)
        own = module.state_dict()
        if {name: tuple(value.shape) for name, value in own.items()} != {
            name: tuple(value.shape) for name, value in values.items() if value is not None
        }:
            raise InputError(
                f"the film of {self.folder} is not of this network: its weights have other names or shapes"
            )
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(values[name])
        return Model(module.eval(), self.network, self.classes, self.plan.shape, {"data": self.plan.data})

    def _made(self) -> "nn.Module":
        spec = parse(self.network)
        anew = "give it: film.model(frame, network)"
        code = trust.by_model(spec, self.plan.shape, len(self.classes), self.folder, anew)
        sizes = dict(
            zip(("height", "width", "channels", "classes"), (*self.plan.shape, len(self.classes)), strict=True)
        )
        return create(spec, code, **sizes)

    # --- parts of it -------------------------------------------------------------------------------------------------

    @cached_property
    def _whole_frames(self) -> dict[int, tuple[Reel, int]]:
        found: dict[int, tuple[Reel, int]] = {}
        first = 0
        for reel in self._reels:
            found |= {first + n: (reel, row) for row, n in enumerate(reel.whole)}
            first += len(reel.steps)
        return found

    def _all(self, name: str) -> Tensor:
        """A row a frame, of all reels."""
        if name not in self._rows:
            self._rows[name] = torch.cat([reel.rows(name) for reel in self._reels])
        return self._rows[name]

    def _part(self, name: str) -> Part:
        if name not in self._parts:
            known = ", ".join(self.names[:20]) + (", …" if len(self.names) > 20 else "")
            raise InputError(
                f"'{str(name)[:100]}' is none of the network's tensors{meant(str(name), self.names)}; they are {known}"
            )
        return self._parts[name]

    def _frame(self, frame: int) -> int:
        count = len(self.steps)
        try:
            n = operator.index(frame)
        except TypeError:
            raise InputError(f"a frame is a whole number; {frame!r} is none") from None
        if not -count <= n < count:
            raise InputError(f"frame {n} does not exist; the film has {count}, from 0 to {count - 1}")
        return n % count

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        first, last = self.steps[0], self.steps[-1]
        return f"<film of {self.network}: {len(self)} frames, steps {first:,} to {last:,} of {self.recipe.steps():,}>"


def _offsets(parts: Sequence[Part]) -> dict[str, int]:
    """Where each of `parts` begins in a frame's row."""
    ends = accumulate((part.kept for part in parts), initial=0)
    return {part.name: begin for part, begin in zip(parts, ends, strict=False)}


def _absent(quantity: str, row: Tensor) -> bool:
    return quantity != "weights" and bool(row.isnan().all())


def _flat(part: Part, index: Sequence[int]) -> int:
    """Where `index` is in the flat tensor."""
    shape = "×".join(map(str, part.shape)) or "one number"
    if len(index) != len(part.shape):
        raise InputError(f"{part.name} is {shape}: {len(part.shape)} indices were expected, not {len(index)}")
    flat = 0
    for given, side in zip(index, part.shape, strict=True):
        try:
            n = operator.index(given)
        except TypeError:
            raise InputError(f"an index of {part.name} is a whole number; {given!r} is none") from None
        if not 0 <= n < side:
            raise InputError(f"{part.name} is {shape}: index {n} is not from 0 to {side - 1}")
        flat = flat * side + n
    return flat
