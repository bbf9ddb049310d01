"""What the server answers with: pictures in, envelopes out; knows the model and nothing of HTTP.

Everything here runs in a process of its own (`worker`), one picture at a time; nothing of a picture stays.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import nn

from fivebyfive import datasets
from fivebyfive.datasets.dataset import Images
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.explain.image import OWN_SIZE, said_size
from fivebyfive.model import Model
from fivebyfive.pictures.decoding import Picture, Pixels, decode
from fivebyfive.pictures.preparation import DIGITS, MNIST
from fivebyfive.serving.channel import Message, Question
from fivebyfive.views.page import document
from fivebyfive.views.page.envelope import Part, pack

WARMING = np.zeros((112, 112), np.uint8)
WARMING[20:90, 50:60] = 255


class Answers:
    """One model's answers.

    Args:
        network: a model, or a network of which nothing more is known; its pictures get the first size that it takes.
        film: makes the film of its training; None: there is none.

    Raises:
        InputError, Failure: the model cannot explain any picture.
    """

    def __init__(self, network: Model | nn.Module, film: Callable[[], Part | None] | None = None) -> None:
        # Noise, because in a blank picture one order of pixels looks like any other; of the size that the network says,
        # because noise holds no digit to cut out, or else larger than a size to keep.
        said = network.shape if isinstance(network, Model) else said_size(network)
        shape = said or (OWN_SIZE + 1, OWN_SIZE + 1, 3)
        usual = explain(network, np.random.default_rng(0).integers(0, 256, shape, np.uint8))
        self.model = network if isinstance(network, Model) else _sized(network, usual)
        structure = document.structure(usual)
        self._usual_way, self._usual_digest = _way(usual), structure.fields["digest"]
        self.about = self.model.in_words()
        self._film, self.filmed = film, film is not None
        self.network = pack(structure, document.parameters(usual))
        """The structure and the parameters, as an envelope."""

    def answer(self, question: Question) -> Message:
        """The envelope that answers a question, and the label of a picture that has one.

        Raises:
            InputError, Failure: the picture cannot be decoded, prepared or explained.
        """
        if question.way == "film":
            return {}, self.film()
        if question.way == "mnist":
            envelope, label = self.mnist(question.index, question.knows)
            return {"label": label}, envelope
        if question.way == "drawing":
            return {}, self.drawing(drawn(question.data, question.width, question.height), question.knows)
        return {}, self.photo(decode(question.data), question.knows)

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

    def photo(self, picture: Picture, knows: str = "") -> bytes:
        """The values of a picture and the stages of its preparation, as an envelope.

        Args:
            knows: the digest of the structure that the page has; another one is sent along, with its parameters.

        Raises:
            InputError: a digit is expected and there is none.
        """
        return self._packed(explain(self.model, picture), knows)

    def drawing(self, ink: Pixels, knows: str = "") -> bytes:
        """The same for a drawing on a pad, [h, w], 0 blank and 255 ink.

        Raises:
            InputError: a digit is expected and the pad is blank, or holds a blot.
        """
        if self.model.preparation != DIGITS:
            return self._packed(replace(explain(self.model, ink), photo=None), knows)  # it is on the pad
        from fivebyfive.pictures.finding import prepare_drawing

        digit = prepare_drawing(ink)
        stages = tuple((stage.name, stage.pixels) for stage in digit.stages)
        return self._packed(replace(explain(self.model, digit.pixels, raw=True), stages=stages, photo=None), knows)

    def mnist(self, index: int, knows: str = "") -> tuple[bytes, str]:
        """The values of one of MNIST's test images, as an envelope, and which digit it is."""
        trace = explain(self.model, self._tests.pixels[index], raw=self.model.shape == MNIST)
        return self._packed(trace, knows), str(self._tests.labels[index])

    def _packed(self, trace: Trace, knows: str) -> bytes:
        news = [document.structure(trace), document.parameters(trace)] if knows not in ("", self._digest(trace)) else []
        return pack(*news, document.values(trace))

    def _digest(self, trace: Trace) -> str:
        """The structure's digest: describing a structure takes longer than all else, and it hardly ever changes."""
        return self._usual_digest if _way(trace) == self._usual_way else document.digest(trace)

    @cached_property
    def _tests(self) -> Images:
        return datasets.load("mnist").test


def drawn(data: bytes, width: int, height: int) -> Pixels:
    """The pad's raw picture, a byte a pixel, 0 blank and 255 ink: [height, width].

    Raises:
        InputError: the bytes are not that many.
    """
    if len(data) != width * height:
        raise InputError(
            f"the drawing has {len(data)} bytes; {width} × {height} = {width * height} were expected, one a pixel"
        )
    return np.frombuffer(data, np.uint8).reshape(height, width)


def _sized(network: nn.Module, trace: Trace) -> Model:
    """`network` as a model that keeps the size which was found for the first picture."""
    if trace.image is None:
        raise InputError(f"{trace.network} takes no picture with 1, 3 or 4 channels; only those can be drawn or sent")
    height, width, channels = trace.image.shape
    return Model(network, trace.network, trace.classes, (height, width, channels))


def _way(trace: Trace) -> list[tuple[object, ...]]:
    """What can differ from picture to picture in the structure of one network's traces."""
    return [(s.name, s.op, s.source, s.inputs, s.output_shape, str(s.attributes)) for s in trace.steps]
