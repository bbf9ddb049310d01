"""What the server answers with: pictures in, envelopes out; knows the model and nothing of HTTP.

Everything here runs in a process of its own (`worker`), one picture at a time; nothing of a picture stays.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from fivebyfive import datasets, gallery
from fivebyfive.datasets.dataset import Images
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.explain.image import OWN_SIZE, said_size
from fivebyfive.model import Model
from fivebyfive.pictures.decoding import Picture, Pixels, decode
from fivebyfive.pictures.preparation import DIGITS, MNIST
from fivebyfive.serving.channel import Message, Question
from fivebyfive.views.page import document, why
from fivebyfive.views.page.envelope import Part, pack

WARMING = np.zeros((112, 112), np.uint8)
WARMING[20:90, 50:60] = 255


@dataclass(frozen=True)
class Back:
    """That the way back is asked for, and the class that the answer is compared with; "" for what is known of it."""

    label: str = ""


class Answers:
    """One model's answers.

    Args:
        network: a model, or a network of which nothing more is known; its pictures get the first size that it takes.
        film: makes the film of its training; None: there is none.

    Raises:
        InputError, Failure: the model cannot explain any picture.
    """

    def __init__(self, network: Model | nn.Module, film: Callable[[], Part | None] | None = None) -> None:
        # Noise, because in a blank picture one order of pixels looks like any other; of the size that the network says
        # and as it is, because noise holds no digit to cut out, or else larger than a size to keep.
        said = network.shape if isinstance(network, Model) else said_size(network)
        shape = said or (OWN_SIZE + 1, OWN_SIZE + 1, 3)
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        usual = explain(network, noise, raw=said is not None)
        self.model = network if isinstance(network, Model) else _sized(network, usual)
        structure = document.structure(usual)
        self._usual_way, self._usual_digest = _way(usual), structure.fields["digest"]
        self.about = self.model.in_words()
        self._film, self.filmed = film, film is not None
        self.network = pack(structure, document.parameters(usual), Part({"preparation": self.model.preparation}))
        """The structure, the parameters and how pictures are prepared, as an envelope."""

    def answer(self, question: Question) -> Message:
        """The envelope that answers a question, and the label of a picture that has one.

        Raises:
            InputError, Failure: the picture cannot be decoded, prepared or explained.
        """
        if question.way == "film":
            return {}, self.film()
        if question.way == "gallery":
            return {}, self.gallery
        if question.why is not None:
            return {}, self.why(self._traced(question), question.why)
        back = Back(question.label) if question.back else None
        if question.way == "mnist":
            envelope, label = self.mnist(question.index, question.knows, back)
            return {"label": label}, envelope
        if question.way == "drawing":
            ink = drawn(question.data, question.width, question.height)
            return {}, self.drawing(ink, question.knows, back)
        return {}, self.photo(decode(question.data), question.knows, back)

    def warm(self) -> None:
        """Load everything that a first picture would have to wait for."""
        torch.set_num_threads(1)  # a picture is too little to share out, and the server needs a core too
        photo = Picture(WARMING[..., None], *WARMING.shape)
        for way in (lambda: self.mnist(0), lambda: self.drawing(WARMING), lambda: self.photo(photo)):
            with contextlib.suppress(InputError, Failure):  # whoever sends such a picture is told
                way()

    def film(self) -> bytes:
        """The film of the model's training, as an envelope.

        Raises:
            InputError: there is none, or it is damaged.
        """
        found = self._film() if self._film is not None else None
        if found is None:
            raise InputError("there is no film of this model's training")
        return pack(found)

    @cached_property
    def gallery(self) -> bytes:
        """Pictures to choose from, as an envelope: ``gallery``, uint8 [N, H, W, C], and what is known of each."""
        if not gallery.is_of_digits(self.model.shape, self.model.classes):
            return pack(Part({"gallery": []}))
        with torch.inference_mode():
            found = gallery.of_mnist(
                lambda images: self.model.probabilities(torch.from_numpy(images)).numpy(), self._tests
            )
        return pack(Part({"gallery": [dict(about) for about in found.about]}, {"gallery": found.pixels}))

    def photo(self, picture: Picture, knows: str = "", back: Back | None = None) -> bytes:
        """The values of a picture and the stages of its preparation, as an envelope.

        Args:
            knows: the digest of the structure that the page has; another one is sent along, with its parameters.
            back: the way back is asked for too.

        Raises:
            InputError: a digit is expected and there is none; there is no such label.
        """
        return self._packed(*self._of_photo(picture, back), knows)

    def drawing(self, ink: Pixels, knows: str = "", back: Back | None = None) -> bytes:
        """The same for a drawing on a pad, [h, w], 0 blank and 255 ink.

        Raises:
            InputError: a digit is expected and the pad is blank, or holds a blot; there is no such label.
        """
        return self._packed(*self._of_drawing(ink, back), knows)

    def mnist(self, index: int, knows: str = "", back: Back | None = None) -> tuple[bytes, str]:
        """The values of one of MNIST's test images, as an envelope, and which digit it is."""
        return self._packed(*self._of_mnist(index, back), knows), str(self._tests.labels[index])

    def why(self, trace: Trace, asked: Mapping[str, int]) -> bytes:
        """Why the answer is what it is, or what becomes of it in a test, as an envelope.

        Raises:
            InputError: there is no such class, place, step or map, or it cannot be answered.
        """
        class_, instead_of = asked.get("class"), asked.get("instead_of")
        if "y" in asked:
            return pack(why.changed(trace.why(class_, instead_of).cover(asked["y"], asked["x"], asked["size"])))
        if "step" in asked:
            return pack(why.changed(trace.why(class_, instead_of).without(asked["step"], asked["channel"])))
        return pack(why.account(trace, class_, instead_of))

    def _traced(self, question: Question) -> Trace:
        if question.way == "mnist":
            return self._of_mnist(question.index)[0]
        if question.way == "drawing":
            return self._of_drawing(drawn(question.data, question.width, question.height))[0]
        return self._of_photo(decode(question.data))[0]

    def _of_photo(self, picture: Picture, back: Back | None = None) -> tuple[Trace, str]:
        return self._explained(picture, back)

    def _of_mnist(self, index: int, back: Back | None = None) -> tuple[Trace, str]:
        label = str(self._tests.labels[index])
        known = label if label in self.model.classes else ""
        return self._explained(self._tests.pixels[index], back, known, raw=self.model.shape == MNIST)

    def _of_drawing(self, ink: Pixels, back: Back | None = None) -> tuple[Trace, str]:
        if self.model.preparation != DIGITS:
            trace, chosen = self._explained(ink, back)
            return replace(trace, photo=None), chosen  # it is on the pad
        from fivebyfive.pictures.drawing import prepare_drawing

        if ink.ndim > 2:
            raise InputError("a drawing for a network that reads digits has one byte a pixel; this one has three")
        digit = prepare_drawing(ink)
        stages = tuple((stage.name, stage.pixels) for stage in digit.stages)
        trace, chosen = self._explained(digit.pixels, back, raw=True)
        return replace(trace, stages=stages, photo=None, doubted=digit.doubt), chosen

    def _explained(self, image: Any, back: Back | None, known: str = "", raw: bool = False) -> tuple[Trace, str]:
        """The trace, and where its label was taken from; "" for no way back.

        Args:
            known: what MNIST says it is.
        """
        if back is None:
            return explain(self.model, image, raw=raw), ""
        if back.label:
            return explain(self.model, image, raw=raw, label=back.label), "asked"
        if known:
            return explain(self.model, image, raw=raw, label=known), "mnist"
        forward = explain(self.model, image, raw=raw)
        if not forward.prediction:
            raise InputError("the network's answer is no list of classes, so no label fits it, and no way goes back")
        answer = forward.classes.index(forward.prediction[0][0])
        return explain(self.model, image, raw=raw, label=answer), "answer"

    def _packed(self, trace: Trace, chosen: str, knows: str) -> bytes:
        news = [document.structure(trace), document.parameters(trace)] if knows not in ("", self._digest(trace)) else []
        values = document.values(trace)
        if chosen:
            values.fields["back"]["chosen"] = chosen
        return pack(*news, values)

    def _digest(self, trace: Trace) -> str:
        """The structure's digest: describing a structure takes longer than all else, and it hardly ever changes."""
        return self._usual_digest if _way(trace) == self._usual_way else document.digest(trace)

    @cached_property
    def _tests(self) -> Images:
        return datasets.load("mnist").test


def drawn(data: bytes, width: int, height: int) -> Pixels:
    """The pad's raw picture, a byte a pixel, 0 blank and 255 ink: [height, width]; or three, of a drawing over a
    picture in colour: [height, width, 3].

    Raises:
        InputError: the bytes are not that many.
    """
    if len(data) not in (width * height, 3 * width * height):
        raise InputError(
            f"the drawing has {len(data)} bytes; {width} × {height} = {width * height} were expected, one a pixel, "
            "or three for a picture in colour"
        )
    return np.frombuffer(data, np.uint8).reshape((height, width) if len(data) == width * height else (height, width, 3))


def _sized(network: nn.Module, trace: Trace) -> Model:
    """`network` as a model that keeps the size which was found for the first picture."""
    if trace.image is None:
        raise InputError(f"{trace.network} takes no picture with 1, 3 or 4 channels; only those can be drawn or sent")
    height, width, channels = trace.image.shape
    return Model(network, trace.network, trace.classes, (height, width, channels))


def _way(trace: Trace) -> list[tuple[object, ...]]:
    """What can differ from picture to picture in the structure of one network's traces."""
    return [(s.name, s.op, s.source, s.inputs, s.output_shape, str(s.attributes)) for s in trace.steps]
