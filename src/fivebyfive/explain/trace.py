"""A trace: one image's way through a network, as plain data. Views draw it; they need nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fivebyfive.decision import doubt
from fivebyfive.errors import InputError, nearest
from fivebyfive.explain import saved
from fivebyfive.explain.agreement import Agreement
from fivebyfive.explain.backward.parameters import Parameters
from fivebyfive.explain.backward.sizes import GradientSizes, sizes_of
from fivebyfive.explain.backward.tracing import WayBack
from fivebyfive.explain.description import described, rows, way_back_described
from fivebyfive.explain.finite import NotFinite, first_not_finite
from fivebyfive.explain.seen import influence
from fivebyfive.explain.step import Step, UserLine, Window
from fivebyfive.explain.validation import Validation, validate
from fivebyfive.explain.why.account import Why, why
from fivebyfive.explain.why.target import Class
from fivebyfive.networks.fresh import NEVER_TRAINED
from fivebyfive.tables import as_frame

if TYPE_CHECKING:
    from fivebyfive.explain.anew import Anew
    from fivebyfive.explain.photo import Photo
    from fivebyfive.views.page.envelope import Part


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
        agreement: how the values compare with those that the network's own framework gave; None for one of PyTorch.
        way_back: the loss, its steps, and the parameters with their gradients; None where no label was given.
        asked_why: the classes that `why` was asked for, each with the other class or None; the page shows them.
        doubted: why the answer is doubtful whatever the network says, as of several digits in one drawing; "" if it is
            not.
        anew: how the network is shown another picture; None for a trace from a file, or where there was no picture.
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
    agreement: Agreement | None = None
    way_back: WayBack | None = field(default=None, repr=False)
    asked_why: list[tuple[str, str | None]] = field(default_factory=list, repr=False)
    doubted: str = ""
    anew: "Anew | None" = field(default=None, repr=False)

    @property
    def sure(self) -> bool:
        """Whether the answer can be taken without looking; false where there is none."""
        return bool(self.prediction) and not self.doubt

    @property
    def returned(self) -> Step:
        """The step whose values the answer is read from: the first that the network returns, or else the last."""
        return next((step for step in self.steps if step.kind == "output"), self.steps[-1])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the notes that must not be overlooked.

        The values are not those of the network's own framework; or the network was never trained.
        """
        found = self.agreement
        apart = "" if found is None or found.good else found.sentence()
        return tuple(note for note in self.notes if note == apart or note.startswith(NEVER_TRAINED))

    @property
    def doubt(self) -> str:
        """What the answer is marked with, in words; "" where it is sure, or there is none."""
        if not self.prediction:
            return ""
        return self.doubted or doubt(*self.prediction[0], self.classes)

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
    def loss(self) -> float | None:
        """How far the answer is from the label, which training makes small; None where none was given."""
        return None if self.way_back is None else self.way_back.loss

    @property
    def parameters(self) -> Parameters:
        """The network's parameters by name, with their gradients, where the way back was traced.

        Raises:
            InputError: it was not.
        """
        if self.way_back is None:
            raise InputError("the way back was not traced; give explain a label, or a loss: explain(…, label=4)")
        return self.way_back.parameters

    def gradient_sizes(self) -> GradientSizes:
        """How large the gradient is at each step and of each parameter, and in words whether it vanishes or explodes.

        Raises:
            InputError: the way back was not traced.
        """
        return sizes_of(self.steps, self.parameters)

    @property
    def parameter_count(self) -> int:
        """How many parameters the steps used, each once."""
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
        back = None if self.way_back is None else way_back_described(self.way_back, self.gradient_sizes())
        return {
            "network": self.network,
            "parameters": self.parameter_count,
            "macs": self.macs,
            "not_counted": list(self.not_counted),
            "steps": [described(step) for step in self.steps],
            "prediction": [{"label": label, "probability": p} for label, p in self.prediction],
            "sure": self.sure,
            "agreement": None if self.agreement is None else vars(self.agreement),
            **({} if back is None else {"way_back": back}),
        }

    def to_json(self, path: str | Path) -> None:
        """Write `description` as JSON, in one move."""
        from fivebyfive.files import write_json

        write_json(Path(path), self.description())

    def to_frame(self) -> Any:
        """One row a step, as a DataFrame of pandas: code, shapes, cost, seconds, bytes, what it sees, its range.

        Raises:
            InputError: pandas is not installed.
        """
        return as_frame(rows(self.steps))

    def validate(self) -> Validation:
        """Run every step again on what the trace holds of its inputs, and compare."""
        return validate(self.steps)

    def why(self, class_: Class | None = None, instead_of: Class | None = None) -> Why:
        """Why a class got its number: what each pixel, and each map of each step, contributed to it.

        Args:
            class_: by name or number; by default the answer.
            instead_of: another class; then it is how far the one is above the other that is accounted for.

        Raises:
            InputError: there is no such class, the network returns no list of classes, the trace holds several
                pictures, or its weights were changed since.
        """
        found = why(self, class_, instead_of)
        if (asked := (found.class_, found.instead_of)) not in self.asked_why:
            self.asked_why.append(asked)
        return found

    def influence(self, step: str | int, y: int = 0, x: int = 0, channel: int = 0) -> dict[str, Window | None]:
        """What the value at (y, x, channel) of a step influences: of every later step the part of its maps, by name.

        None stands where an operation in between is not known.

        Raises:
            InputError: there is no such step, or the position lies outside of its output.
        """
        start = self[step]
        start.check_position(y, x, channel)
        found = influence(self.steps, start, y, x, channel)
        return {self.steps[index].name: part for index, part in found.items()}

    def first_nan(self) -> NotFinite | None:
        """The first step that gave NaN or an infinity, where, and why; None where all values are finite."""
        return first_not_finite(self.steps)

    def save(self, path: str | Path) -> None:
        """Write the whole trace, values and all, in one move; `load` reads it again."""
        saved.write(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> "Trace":
        """The trace that `save` wrote. Nothing in the file is run.

        Raises:
            InputError: there is no such file, it is no trace, or it is damaged.
        """
        return cls(**saved.read(Path(path)))

    def to_html(
        self,
        path: str | Path,
        film: "Part | None" = None,
        *,
        live: bool = False,
        gallery: Sequence[str | Path] = (),
    ) -> None:
        """Write the interactive page, one file that works offline.

        Args:
            film: of the network's training, as `fivebyfive.screening.screened` has it.
            live: the page runs the network by itself, on what is drawn on it and on pictures that are chosen there.
            gallery: pictures to choose from, files or folders, for a page that is live.

        Raises:
            InputError: the page cannot run the network; the steps that it does not know are named. Or there is a
                gallery, and the page is not live.
        """
        if gallery and not live:
            raise InputError("a gallery is for a live page; give live=True too")
        if live:
            from fivebyfive.standalone import write_file

            write_file(self, Path(path), [Path(each) for each in gallery])
            return
        from fivebyfive.views.page import write

        write(self, Path(path), film)

    def live(self, gallery: Sequence[str | Path] = ()) -> str:
        """The page that runs the network by itself, as text; a notebook shows it. See `to_html`.

        Raises:
            InputError: the page cannot run the network.
        """
        from fivebyfive.standalone import page
        from fivebyfive.views.notebook import LivePage

        return LivePage(page(self, [Path(each) for each in gallery]))

    def to_site(self, folder: str | Path, gallery: Sequence[str | Path] = ()) -> None:
        """Write the page that runs the network by itself as files for any web server; see `to_html`.

        Raises:
            InputError: the page cannot run the network, or `folder` holds something else.
        """
        from fivebyfive.standalone import write_site

        write_site(self, Path(folder), [Path(each) for each in gallery])

    def to_post(self, path: str | Path) -> None:
        """Write an article about the network, with this picture's numbers: as Markdown, HTML or a notebook.

        The figures of Markdown lie beside it, in ``NAME_files``; so does what a notebook needs, the trace itself.

        Raises:
            InputError: the ending is none of .md, .html and .ipynb, or the folder of the figures holds other things.
            Failure: the place cannot be written.
        """
        from fivebyfive.views import post

        post.write(self, Path(path))

    def diagram(self, detail: bool = False) -> str:
        """A picture of the network as SVG: the big picture, or in more detail; a notebook shows it as a picture."""
        from fivebyfive.views.diagram import diagram
        from fivebyfive.views.notebook import Drawing

        return Drawing(diagram(self, detail=detail))

    def _repr_html_(self) -> str:
        from fivebyfive.views import page

        return page.notebook(page.html(self))

    def _nearest(self, name: str) -> str:
        names = [step.name for step in self.steps]
        known = dict.fromkeys([*names, *(name.split(".")[0] for name in names)])
        near = nearest(name, known, 4, 0.4)
        return (
            f"the nearest are {', '.join(near)}"
            if near
            else f"the steps are {', '.join(names[:12])}" + (" …" if len(names) > 12 else "")
        )
