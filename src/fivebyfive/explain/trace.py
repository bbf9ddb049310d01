"""A trace: one image's way through a network, as plain data. Views draw it; they need nothing else."""

import difflib
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from fivebyfive.decision import doubt, is_sure
from fivebyfive.errors import InputError
from fivebyfive.explain.step import Step, UserLine

if TYPE_CHECKING:
    from fivebyfive.explain.photo import Photo


@dataclass(eq=False)
class Trace:
    """One image's way through a network.

    Attributes:
        network: the network's name.
        steps: in the order in which the code ran; the first is the image, the last the output.
        prediction: (label, probability), most probable first; empty where the output is not a list of classes.
        image: the picture as the network got it, uint8 [H, W, C]; None where the input was no picture.
        classes: the labels.
        stages: what was done to a digit before that, each with its picture, uint8 [h, w] or [h, w, 3].
        photo: the picture as it was given, to be shown; None where the input was no picture.
        source_files: the text of every file (or notebook cell) that a source line stands in, by its name.
        notes: what a reader must know about how the picture was prepared, one sentence each.
        seconds: how long the forward took with capture.
    """

    network: str
    steps: list[Step]
    prediction: list[tuple[str, float]]
    image: npt.NDArray[np.uint8] | None = field(repr=False)
    classes: tuple[str, ...]
    source_files: dict[str, str] = field(repr=False)
    user_lines: list[UserLine] = field(repr=False)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    stages: tuple[tuple[str, npt.NDArray[np.uint8]], ...] = field(default=(), repr=False)
    photo: "Photo | None" = field(default=None, repr=False)

    @property
    def sure(self) -> bool:
        """Whether the answer can be taken without looking; false where there is none."""
        return bool(self.prediction) and is_sure(*self.prediction[0])

    @property
    def doubt(self) -> str:
        """What the answer is marked with, in words; "" where it is sure, or there is none."""
        return doubt(*self.prediction[0], self.classes) if self.prediction else ""

    def __getitem__(self, name: str | int) -> Step:
        """The step of that name (or index); a name that fits several means the first of them.

        Raises:
            InputError: no step has that name; the nearest names are listed.
        """
        if isinstance(name, int):
            if not -len(self.steps) <= name < len(self.steps):
                raise InputError(f"there is no step {name}; {self.network} has {len(self.steps)} steps, from 0 on")
            return self.steps[name]
        exact = (step for step in self.steps if step.name == name)
        within = (step for step in self.steps if step.name.startswith((f"{name}.", f"{name}#")))
        step = next(exact, None) or next(within, None)
        if step is None:
            raise InputError(f"no step is called '{name}'; {self._nearest(name)}")
        return step

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"<Trace of {self.network}: {', '.join(step.name for step in self.steps[:12])}{' …' * (len(self) > 12)}>"

    @property
    def parameters(self) -> int:
        """All parameters that the steps used."""
        return sum(step.parameters for step in self.steps)

    @property
    def macs(self) -> int:
        """All multiply-accumulates that are counted, as `Step.macs` counts them; `not_counted` names the others."""
        return sum(step.macs or 0 for step in self.steps)

    @property
    def not_counted(self) -> tuple[str, ...]:
        """The names of the steps whose multiply-accumulates are not counted."""
        return tuple(step.name for step in self.steps if step.macs is None)

    def description(self) -> dict[str, Any]:
        """The trace without its numbers, as plain values for JSON."""
        return {
            "network": self.network,
            "parameters": self.parameters,
            "macs": self.macs,
            "not_counted": list(self.not_counted),
            "steps": [_describe(step) for step in self.steps],
            "prediction": [{"label": label, "probability": p} for label, p in self.prediction],
            "sure": self.sure,
        }

    def to_json(self, path: str | Path) -> None:
        """Write `description` as JSON, in one move."""
        from fivebyfive.files import write_json

        write_json(Path(path), self.description())

    def to_html(self, path: str | Path) -> None:
        """Write the interactive page, one file that works offline."""
        from fivebyfive.views.page import write

        write(self, Path(path))

    def diagram(self, detail: bool = False) -> str:
        """A picture of the network as SVG: the big picture, or in more detail; a notebook shows it as a picture."""
        from fivebyfive.views.diagram import diagram
        from fivebyfive.views.notebook import Drawing

        return Drawing(diagram(self, detail=detail))

    def _repr_html_(self) -> str:
        from fivebyfive.views.page import notebook

        return notebook(self)

    def _nearest(self, name: str) -> str:
        names = [step.name for step in self.steps]
        known = dict.fromkeys([*names, *(name.split(".")[0] for name in names)])
        near = difflib.get_close_matches(name, known, n=4, cutoff=0.4)
        return (
            f"the nearest are {', '.join(near)}"
            if near
            else f"the steps are {', '.join(names[:12])}" + (" …" if len(names) > 12 else "")
        )


def _describe(step: Step) -> dict[str, Any]:
    source, seen = step.source, step.receptive_field
    return {
        "index": step.index,
        "name": step.name,
        "op": step.op,
        "kind": step.kind,
        "module": step.module,
        "source": None if source is None else {"file": source.file, "line": source.line, "code": source.code},
        "callers": [{"file": c.file, "line": c.line, "code": c.code} for c in step.callers],
        "inputs": list(step.inputs),
        "input_shapes": [list(shape) for shape in step.input_shapes],
        "output_shape": list(step.output_shape),
        "layout": step.layout,
        "parameters": step.parameters,
        "macs": step.macs,
        "receptive_field": None
        if seen is None
        else {"height": seen.height, "width": seen.width, "jump": list(seen.jump), "whole": seen.whole},
        "attributes": {key: _plain(value) for key, value in step.attributes.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list, torch.Size)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for infinity
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
