"""The life of one weight, in plain numbers: what it was after each step that was filmed, and what moved it."""

import dataclasses
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fivebyfive.tables import as_frame
from fivebyfive.training.update import Update, from_values
from fivebyfive.training.updates.values import Kept
from fivebyfive.writing import number


@dataclass(frozen=True)
class Moment:
    """A weight after one step.

    Attributes:
        frame: of the film.
        value: of the weight.
        gradient, m, v: that the step used; None: not known, or there was none. Muon has no v.
        rate: the learning rate of the step.
        change: what the step added to the weight; None: not known.
    """

    frame: int
    step: int
    value: float
    gradient: float | None = None
    m: float | None = None
    v: float | None = None
    rate: float = 0.0
    change: float | None = None


@dataclass(frozen=True)
class Optimizer:
    """How a tensor was trained.

    Attributes:
        kind: "adamw", or "muon", which uses `momentum` instead of `beta1`, `beta2` and `epsilon`.
        learning_rate: the highest; `Film.rate` has that of a frame.
        inputs_first: Muon takes all but the last dimension for inputs; else all but the first.
    """

    kind: str
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    momentum: float
    inputs_first: bool


@dataclass(frozen=True)
class Life:
    """What is known of one weight.

    Attributes:
        name: of the tensor.
        index: of the weight in it.
        moments: in the order of their steps.
    """

    name: str
    index: tuple[int, ...]
    moments: tuple[Moment, ...]

    def to_frame(self) -> Any:
        """One row a moment, as a DataFrame of pandas.

        Raises:
            InputError: pandas is not installed.
        """
        return as_frame([dataclasses.asdict(moment) for moment in self.moments])

    def __repr__(self) -> str:
        if not self.moments:
            return f"<life of {self._named()}: no frame keeps it>"
        first, last = self.moments[0], self.moments[-1]
        return (
            f"<life of {self._named()}: {number(first.value)} after step {first.step:,}, "
            f"{number(last.value)} after step {last.step:,}, {len(self.moments)} moments>"
        )

    def _repr_html_(self) -> str:
        names = ("step", "value", "gradient", "m", "v", "rate", "change")
        head = "".join(f"<th>{name}</th>" for name in names)
        rows = "".join(
            "<tr>" + "".join(f"<td>{_cell(getattr(moment, name))}</td>" for name in names) + "</tr>"
            for moment in self.moments
        )
        return f"<table><caption>{html.escape(self._named())}</caption><tr>{head}</tr>{rows}</table>"

    def _named(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.index))}]"


def step_taken(moment: Moment, how: Optimizer, taken: int, shape: Sequence[int]) -> Update:
    """The step that led to `moment`, as arithmetic.

    Args:
        taken: how many steps the optimizer had taken then, this one included.
        shape: of the whole tensor.
    """
    g, m, change = moment.gradient or 0.0, moment.m or 0.0, moment.change or 0.0
    before, forgets = moment.value - change, how.momentum if how.kind == "muon" else how.beta1
    group: dict[str, Any] = {"lr": moment.rate, "weight_decay": how.weight_decay}
    old_m = (m - (1 - forgets) * g) / forgets if forgets and taken > 1 else 0.0
    if how.kind != "muon":
        group |= {"betas": (how.beta1, how.beta2), "eps": how.epsilon}
        v = moment.v or 0.0
        old_v = max(0.0, v - (1 - how.beta2) * g * g) / how.beta2 if how.beta2 and taken > 1 else 0.0
        new = Kept(moment.value, m, v)
        return from_values("adamw", group, step=taken, gradient=g, before=before, m=old_m, v=old_v, new=new)
    inputs = math.prod(shape[:-1] if how.inputs_first else shape[1:])
    rows, columns = math.prod(shape) // inputs, inputs
    scale = moment.rate * max(1.0, rows / columns) ** 0.5
    turned = -(change + moment.rate * how.weight_decay * before) / scale if scale else 0.0
    group |= {"momentum": how.momentum, "rows": rows, "columns": columns}
    new = Kept(moment.value, m)
    return from_values("muon", group, step=None, gradient=g, before=before, m=old_m, turned=turned, new=new)


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else number(value)
