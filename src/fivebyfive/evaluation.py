"""How well a network reads images that it never saw: accuracy, in all and per class, what it mistook for what, and how
far its probabilities can be believed.

One figure hides much: of 98 cats and 2 owls, who always says "cat" is 98% right. So each class has its precision and
recall, their mean over the classes is beside the accuracy, and a class that is never right is named.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from fivebyfive import datasets, working
from fivebyfive.answers import probabilities
from fivebyfive.calibration import error_of
from fivebyfive.datasets import Dataset, Images
from fivebyfive.datasets.decoded import fetched
from fivebyfive.datasets.lazy import Lazy
from fivebyfive.datasets.limits import shown
from fivebyfive.errors import InputError
from fivebyfive.group import current
from fivebyfive.memory import keep_freed_memory
from fivebyfive.model import Model, load
from fivebyfive.outputs import LOGITS

NO_NUMBER = -1
"""Stands for a class where the network's answer is NaN or infinite; such an answer is wrong, whatever the image."""

BATCH, MOST_VALUES = 250, 1 << 22
"""Images a forward pass: enough to keep both cores busy, small enough for the cache; and values of large ones."""
DECODED_AHEAD = 2
"""Batches that each process decodes ahead, where pictures are decoded each time."""
TOP, SHOWN = 5, 5
"""Places that the right class may have to be among the first; classes that a warning names."""


@dataclass(frozen=True)
class Evaluation:
    """What a network said of some images.

    Attributes:
        pixels: of the images, uint8 [N, H, W, C]; `labels`, what they show.
        confusion: [classes, classes]; row: what an image shows, column: what the network said, if it said a class.
        said: [N], the class that the network gave each image, or NO_NUMBER; `confidence`, its probability, or 0.
        places: [N], how many classes the network found more probable than the right one; all of them, where it gave no
            number. `right`: [N], the probability of the right one, or 0.
        images_per_second: of the forward passes.
        names: of the images' files, [N], where they are files.
    """

    classes: tuple[str, ...]
    pixels: npt.NDArray[np.uint8]
    confusion: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    said: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float32]
    places: npt.NDArray[np.int64]
    right: npt.NDArray[np.float32]
    images_per_second: float
    names: npt.NDArray[np.object_] | None = None

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
    def top_5(self) -> float:
        """Share of images whose right class is among the five most probable ones."""
        return float(np.mean(self.places < TOP))

    @property
    def loss(self) -> float:
        """Mean of −log p of the right class; of what is 0, the smallest number that is not is taken."""
        return float(-np.log(np.maximum(self.right, np.finfo(np.float32).tiny), dtype=np.float64).mean())

    @property
    def calibration_error(self) -> float:
        """How far an answer's probability is from the share of such answers that are right: `calibration.error_of`."""
        return error_of(self.confidence, self.said == self.labels)

    @property
    def per_class(self) -> dict[str, float | None]:
        """Share of each class's images named rightly, its recall; None for a class without images."""
        return {name: scores.recall for name, scores in self.scores.items()}

    @cached_property
    def scores(self) -> dict[str, "Scores"]:
        """What is known of each class."""
        images = np.bincount(self.labels, minlength=len(self.classes))
        said, right = self.confusion.sum(axis=0), self.confusion.diagonal()
        counts = zip(self.classes, right.tolist(), images.tolist(), said.tolist(), strict=True)
        return {name: Scores(*of_class) for name, *of_class in counts}

    @property
    def macro_f1(self) -> float:
        """Mean of the classes' F1, each counting alike, however many images it has; of those shown or said at all."""
        return float(np.mean([scores.f1 for scores in self.scores.values() if scores.images or scores.said]))

    @property
    def never_right(self) -> tuple[str, ...]:
        """The classes that have images, and none of them was named rightly."""
        return tuple(name for name, scores in self.scores.items() if scores.images and not scores.right)

    def warning(self) -> str | None:
        """A sentence on classes that were never right; None where there are none."""
        never = self.never_right
        if not never:
            return None
        counts = [f"{shown(name)} ({self.scores[name].images} images)" for name in never[:SHOWN]]
        more = f" and {len(never) - SHOWN} more" if len(never) > SHOWN else ""
        of = "is never right" if len(never) == 1 else f"are never right, {len(never)} classes of {len(self.classes)}"
        return f"{', '.join(counts)}{more} {of}; an accuracy of {self.accuracy:.2%} hides that"

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
            "test_top_5_accuracy": None if none else self.top_5,
            "macro_f1": None if none else self.macro_f1,
            "loss": None if none else self.loss,
            "calibration_error": None if none else self.calibration_error,
            "never_right": list(self.never_right),
            "per_class": dict.fromkeys(self.classes) if none else self.per_class,
            "classes": {name: scores.as_json() for name, scores in self.scores.items()},
            "confusion": self.confusion.tolist(),
            "images": len(self.labels),
            "images_without_a_number": self.unanswered,
            "images_per_second": round(self.images_per_second, 1),
        }


@dataclass(frozen=True)
class Scores:
    """What is known of one class.

    Attributes:
        right: its images that were named rightly, of `images` in all; `said`: images that were given its name.
    """

    right: int
    images: int
    said: int

    @property
    def precision(self) -> float | None:
        """Share of the images given its name that are of it; None where there are none."""
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """Share of its images that were given its name; None where there are none."""
        return self.right / self.images if self.images else None

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 where nothing was right."""
        return 2 * self.right / (self.images + self.said) if self.right else 0.0

    def as_json(self) -> dict[str, Any]:
        """A class of ``5x5 evaluate --json``."""
        return {"images": self.images, "precision": self.precision, "recall": self.recall, "f1": self.f1}


def evaluate(
    model: Model | str | Path | None = None,
    data: Any = None,
    *,
    network: str | nn.Module | None = None,
    cache: bool = True,
    skip_broken: bool = False,
) -> Evaluation:
    """How well a model reads images that it never saw.

    Args:
        model: a run folder, a file of weights, a shipped model's name, or a model itself; None: the shipped model.
        data: "mnist", a path, a data set that is loaded already, or one as `fivebyfive.train` takes it; None: what the
            model was trained on.
        network: FILE.py:NAME of a user's own network, or the network itself, where the model does not bring it.
        cache: keep decoded pictures on the disk; false: decode them each time, where memory does not hold all.
        skip_broken: go on without the pictures of a folder that cannot be read.

    Returns:
        What the network said of the test images; of all images, where nobody said which are for testing.

    Raises:
        InputError: there is no such model or data, they do not fit each other, or the data has changed since.
        Failure: the network's own code raised.
    """
    loaded = model if isinstance(model, Model) else load(model, network)
    return evaluate_model(loaded, data_of(loaded, data, cache=cache, skip_broken=skip_broken))


def data_of(model: Model, data: Any = None, *, cache: bool = True, skip_broken: bool = False) -> Dataset:
    """The data that `model` is evaluated on, as `evaluate` takes it.

    Raises:
        InputError: there is none, it is damaged, or it is what the model was trained on, and has changed since.
    """
    if isinstance(data, Dataset):
        return data
    if data is not None and not isinstance(data, str | Path):
        return datasets.given(data, size=model.shape[:2], fit=model.fit)
    source = data or str(model.facts.get("data", "mnist"))
    size = model.shape[:2] if data is None else None  # as in training, whatever its files have
    found = datasets.load(source, model.shape, size=size, fit=model.fit, cache=cache, skip_broken=skip_broken)
    if data is None and model.facts.get("data_sha256", found.sha256) != found.sha256:
        # Of images that changed nobody knows any more which ones the model has learned.
        raise InputError(
            f"{found.name} has changed since {model.name} was trained on it; --data {found.name} evaluates all that is "
            "in it now, what was learned too"
        )
    return found


def evaluate_model(model: Model, data: Dataset) -> Evaluation:
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
    return evaluate_network(model.network, images, model.classes, model.name, model.outputs)


def _size(shape: tuple[int, int, int]) -> str:
    return "×".join(map(str, shape))


def evaluate_network(
    network: nn.Module,
    images: Images,
    classes: tuple[str, ...],
    name: str = "",
    outputs: str = LOGITS,
) -> Evaluation:
    """Show `network` every image once, with dropout off; several processes share the batches.

    Args:
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
    batch = min(BATCH, max(1, MOST_VALUES // math.prod(images.pixels.shape[1:])))
    was_training = network.training
    network.eval()
    pieces, seconds = [], 0.0
    mine = _shared_out(range(0, len(images), batch))
    with torch.inference_mode(), working.at("evaluating", len(images)) as done:
        for first, pictures in zip(mine, _fetched(images, mine, batch), strict=True):
            pixels, labels = torch.from_numpy(pictures), torch.from_numpy(images.labels[first : first + batch])
            started = time.perf_counter()
            answers = probabilities(network, pixels.to(device), len(classes), name, outputs)
            pieces.append([column.cpu().numpy() for column in _read(answers, labels.to(device))])
            seconds += time.perf_counter() - started
            done(min(first + batch, len(images)))
    network.train(was_training)
    confidence, said, right, places = _gathered(pieces)
    answered = np.isfinite(confidence)
    said = np.where(answered, said, NO_NUMBER)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (images.labels[answered], said[answered]), 1)
    return Evaluation(
        classes=classes,
        pixels=images.pixels,
        names=images.names,
        confusion=confusion,
        labels=images.labels,
        said=said,
        confidence=np.where(answered, confidence, np.float32(0)),
        places=np.where(answered, places, len(classes)),
        right=np.where(answered, right, np.float32(0)),
        images_per_second=len(images) / max(current().gathered(seconds)),
    )


def _shared_out(batches: range) -> range:
    """This process's part of the batches: each is answered as it would be by one process."""
    return batches[current().part(len(batches))]


def _fetched(images: Images, firsts: range, batch: int) -> Iterator[npt.NDArray[np.uint8]]:
    """The pictures of each batch; what has to be decoded is, by processes, while the network looks."""
    pixels, blocks = images.pixels, [list(range(first, min(first + batch, len(images)))) for first in firsts]
    if isinstance(pixels, Lazy) and pixels.rows.ahead and blocks:
        return fetched(pixels, blocks, DECODED_AHEAD, current().local_size)
    return (pixels[block[0] : block[-1] + 1] for block in blocks)


def _gathered(pieces: Sequence[Sequence[npt.NDArray[Any]]]) -> list[npt.NDArray[Any]]:
    """What all processes have found, column by column, in the images' order."""
    every = [piece for mine in current().gathered(list(pieces)) for piece in mine]
    return [np.concatenate(column) for column in zip(*every, strict=True)]


def _read(answers: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of probabilities [N, classes]: each picture's highest one, its class, that of the right class, and how many
    classes stand before that one: of equal ones, the first stands first.
    """
    highest = answers.max(1)
    right = answers.gather(1, labels[:, None])
    places = torch.arange(answers.shape[1], device=answers.device)
    before = (answers > right) | ((answers == right) & (places < labels[:, None]))
    return highest.values, highest.indices, right[:, 0], before.sum(1)
