"""How well a network reads images that it never saw: accuracy, in all and per class, and what it mistook for what."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from fivebyfive.answers import probabilities
from fivebyfive.datasets import Dataset, Images
from fivebyfive.errors import InputError
from fivebyfive.group import current
from fivebyfive.memory import keep_freed_memory
from fivebyfive.model import Model
from fivebyfive.outputs import LOGITS

NO_NUMBER = -1
"""Stands for a class where the network's answer is NaN or infinite; such an answer is wrong, whatever the image."""

BATCH = 250
"""Images a forward pass: enough to keep both cores busy, small enough for the cache."""


@dataclass(frozen=True)
class Evaluation:
    """What a network said of some images.

    Attributes:
        pixels: of the images, uint8 [N, H, W, C]; `labels`, what they show.
        confusion: [classes, classes]; row: what an image shows, column: what the network said, if it said a class.
        said: [N], the class that the network gave each image, or NO_NUMBER; `confidence`, its probability, or 0.
        images_per_second: of the forward passes.
    """

    classes: tuple[str, ...]
    pixels: npt.NDArray[np.uint8]
    confusion: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    said: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float32]
    images_per_second: float

    @property
    def unanswered(self) -> int:
        """How many images got no number as answer; they count as wrong."""
        return int(np.count_nonzero(self.said == NO_NUMBER))

    @property
    def accuracy(self) -> float:
        """Share of images named rightly."""
        return float(np.mean(self.said == self.labels))

    @property
    def accuracy_first_256(self) -> float:
        """The same over the first 256 images, which is what the post's program prints."""
        return float(np.mean(self.said[:256] == self.labels[:256]))

    @property
    def per_class(self) -> dict[str, float | None]:
        """Share of each class's images named rightly; None for a class without images."""
        totals = np.bincount(self.labels, minlength=len(self.classes))
        right = self.confusion.diagonal()
        return {name: float(r / n) if n else None for name, r, n in zip(self.classes, right, totals, strict=True)}

    @property
    def mistakes(self) -> npt.NDArray[np.int64]:
        """Indices of the images named wrongly, the most confident mistake first."""
        wrong = np.flatnonzero(self.said != self.labels)
        order: npt.NDArray[np.int64] = wrong[np.argsort(-self.confidence[wrong], kind="stable")]
        return order

    def as_json(self) -> dict[str, Any]:
        """The document that ``5x5 evaluate --json`` prints; without an answer to any image, no accuracy."""
        none = self.unanswered == len(self.labels)
        return {
            "test_accuracy": None if none else self.accuracy,
            "test_accuracy_first_256": None if none else self.accuracy_first_256,
            "per_class": dict.fromkeys(self.classes) if none else self.per_class,
            "confusion": self.confusion.tolist(),
            "images": len(self.labels),
            "images_without_a_number": self.unanswered,
            "images_per_second": round(self.images_per_second, 1),
        }


def evaluate_model(model: Model, data: Dataset, progress: Callable[[int, int], object] = lambda *_: None) -> Evaluation:
    """Show `model` the test images of `data`; all of its images, where nobody said which are for testing and the model
    was not trained on any of them.

    Raises:
        InputError: the pictures or the classes are not those that the model was trained on.
    """
    if data.shape != model.shape:
        raise InputError(
            f"{model.name} takes pictures of {_size(model.shape)}, but those of {data.name} are {_size(data.shape)}"
        )
    seen = model.facts.get("data_sha256") == data.sha256
    data = data.labelled_as(model.classes)
    images = data.test if data.own_split or seen else data.everything()
    return evaluate(model.network, images, model.classes, progress, model.name, model.outputs)


def _size(shape: tuple[int, int, int]) -> str:
    return "×".join(map(str, shape))


def evaluate(
    network: nn.Module,
    images: Images,
    classes: tuple[str, ...],
    progress: Callable[[int, int], object] = lambda *_: None,
    name: str = "",
    outputs: str = LOGITS,
) -> Evaluation:
    """Show `network` every image once, with dropout off; several processes share the batches.

    Args:
        progress: called after each batch with the number of images done, and of all.
        name: the network's, for errors.
        outputs: what the network gives, one of `outputs.KINDS`.

    Raises:
        InputError: there are no images, or the network does not give a number for each class.
        Failure: its code raised.
    """
    if not len(images):
        raise InputError("there are no images to evaluate on; give some")
    keep_freed_memory()
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    was_training = network.training
    network.eval()
    pieces, seconds = [], 0.0
    with torch.inference_mode():
        for first in _shared_out(range(0, len(images), BATCH)):
            some = torch.from_numpy(images.pixels[first : first + BATCH])
            started = time.perf_counter()
            answers = probabilities(network, some.to(device), len(classes), name, outputs)
            pieces.append(answers.max(1))
            seconds += time.perf_counter() - started
            progress(min(first + BATCH, len(images)), len(images))
    network.train(was_training)
    confidence = _gathered([piece.values for piece in pieces], np.float32)
    answered = np.isfinite(confidence)
    said = np.where(answered, _gathered([piece.indices for piece in pieces], np.int64), NO_NUMBER)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (images.labels[answered], said[answered]), 1)
    return Evaluation(
        classes=classes,
        pixels=images.pixels,
        confusion=confusion,
        labels=images.labels,
        said=said,
        confidence=np.where(answered, confidence, np.float32(0)),
        images_per_second=len(images) / max(current().gathered(seconds)),
    )


def _shared_out(batches: range) -> range:
    """This process's part of the batches: each is answered as it would be by one process."""
    return batches[current().part(len(batches))]


def _gathered(pieces: Sequence[Tensor], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """What all processes have found, in the images' order."""
    mine = torch.cat(list(pieces)).cpu().numpy() if pieces else np.zeros(0)
    return np.concatenate(current().gathered(mine)).astype(dtype)
