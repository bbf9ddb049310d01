"""The life of one weight, in plain numbers: what it was after each step that was filmed, and what moved it."""

import dataclasses
import html
from dataclasses import dataclass
from typing import Any

from fivebyfive.errors import InputError
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
        try:
            import pandas
        except ImportError as error:
            raise InputError("a table needs pandas, which is not installed: pip install pandas") from error
        return pandas.DataFrame([dataclasses.asdict(moment) for moment in self.moments])

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


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else number(value)
