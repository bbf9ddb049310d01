"""Data that is given in Python: arrays, data sets of PyTorch and Hugging Face, several of these as parts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, IterableDataset, Subset, TensorDataset
from torch.utils.data import Dataset as TorchDataset

from fivebyfive import datasets, train
from fivebyfive.datasets import Dataset, taking
from fivebyfive.errors import Failure, InputError
from fivebyfive.training.run import resume
from support import StopAt, expect_sound, weights

X = np.random.default_rng(8).integers(0, 256, (60, 16, 16), np.uint8)
X[:, 0, 0] = 255
Y = np.arange(60) % 3
TENSOR = torch.tensor(X / 255).float()[:, None]


def sizes(data: Dataset) -> list[int]:
    return [len(part) for part in data.parts()]


class Pictures(TorchDataset[Any]):
    """As people write them: pictures of Pillow's, and names of classes."""

    classes = ("ant", "bee", "cow")

    def __init__(self, pictures: Callable[[int], Any] = lambda n: Image.fromarray(X[n])) -> None:
        self.pictures = pictures

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, number: int) -> tuple[Any, int]:
        return self.pictures(number), int(Y[number])


class Rows:
    """What this package sees of a data set of Hugging Face's: features, columns, and rows by number."""

    column_names = ("label", "image")
    features = {  # noqa: RUF012 (theirs is no ClassVar either)
        "image": type("Image", (), {})(),
        "label": type("ClassLabel", (SimpleNamespace,), {})(names=["ant", "bee", "cow"]),
    }

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return {"label": int(Y[number]), "image": Image.fromarray(X[number])}


SAME: dict[str, Any] = {
    "arrays": (X, Y),
    "lists": (list(X), Y.tolist()),
    "one column of labels": (X, Y[:, None]),
    "a column a class": (X, np.eye(3)[Y]),
    "tensors from 0 to 1": (TENSOR, torch.tensor(Y)),
    "a dictionary": {"images": X, "labels": Y},
    "a data set of tensors": TensorDataset(TENSOR, torch.tensor(Y)),
    "a data set of pictures": Pictures(),
    "a data set of dictionaries": [{"image": X[n], "label": Y[n]} for n in range(60)],
    "pairs": [(X[n], Y[n]) for n in range(60)],
    "a loader": DataLoader(Pictures(), batch_size=7),
    "rows with features": Rows(),
}


@pytest.mark.parametrize("kind", SAME)
def test_the_same_pictures_in_any_form_are_the_same_data(kind: str) -> None:
    data = datasets.given(SAME[kind])
    expect_sound(data)
    assert sizes(data) == [48, 6, 6]
    assert np.array_equal(data.test.pixels, datasets.given((X, Y)).test.pixels)
    assert data.classes in (("0", "1", "2"), Pictures.classes)


PARTS: dict[str, tuple[Any, list[int]]] = {
    "as Keras gives them": (((X[:40], Y[:40]), (X[40:], Y[40:])), [37, 3, 20]),
    "three": (((X[:30], Y[:30]), (X[30:40], Y[30:40]), (X[40:], Y[40:])), [30, 10, 20]),
    "by name": ({"train": (X[:30], Y[:30]), "Valid": (X[30:40], Y[30:40]), "test": (X[40:], Y[40:])}, [30, 10, 20]),
    "data sets": ({"train": Subset(Pictures(), range(40)), "test": Subset(Pictures(), range(40, 60))}, [37, 3, 20]),
}


@pytest.mark.parametrize("kind", PARTS)
def test_several_are_parts(kind: str) -> None:
    given, expected = PARTS[kind]
    data = datasets.given(given)
    assert sizes(data) == expected
    assert np.array_equal(data.test.pixels[..., 0], X[40:])
    assert data.notes[0].startswith("split as it comes: ")


def test_the_scale_is_that_of_all_pictures_not_of_the_first() -> None:
    deep = X.astype(np.int32) * 16
    deep[0] = 1
    data = datasets.given(TensorDataset(torch.tensor(deep)[:, None], torch.tensor(Y)))
    assert np.array_equal(data.test.pixels, datasets.given((deep, Y)).test.pixels)
    assert data.notes[-1] == "guessed: numbers up to 4,080 in all pictures are taken for 12 bits, 0 to 4,095"


def test_pictures_of_mixed_sizes_come_to_their_median_or_to_what_is_asked_for() -> None:
    mixed = Pictures(lambda n: Image.fromarray(X[n]).resize((30 + n % 3, 40)).convert("RGB"))
    assert datasets.given(mixed).shape == (40, 31, 3)
    assert datasets.given(mixed, size=(20, 24)).shape == (20, 24, 3)


def test_what_is_large_goes_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory = datasets.given(Pictures())
    monkeypatch.setattr(taking, "IN_MEMORY", 100)
    data = datasets.given(Pictures())
    assert np.array_equal(data.train.pixels[:], in_memory.train.pixels)
    assert data.sha256 == datasets.given(Pictures()).sha256


class _Endless(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        yield X[0], 0


def _raises(number: int) -> Any:
    raise KeyError(number)


WRONG: dict[str, tuple[Any, str]] = {
    "nothing": (None, "NoneType has no length"),
    "an array alone": (X, "elements are of type ndarray; a picture and its label were expected"),
    "a stream": (_Endless(), "_Endless has no length"),
    "fewer labels": ((X, Y[:59]), "60 images but 59 labels"),
    "several labels": ((X, np.ones((60, 4))), "y has 4 columns, and 4 to 4 labels an image"),
    "normalised": (TensorDataset((TENSOR - 0.5) / 0.25, torch.tensor(Y)), "leave out what normalises them"),
    "other keys": ({"photos": X, "labels": Y}, "is a dictionary of photos, labels"),
    "no part to train on": ({"val": (X, Y), "test": (X, Y)}, "is a dictionary of val, test"),
    "code that raises": (Pictures(_raises), "the data's element 0 cannot be had: its code raised: KeyError"),
    "empty": ([], "has nothing in train"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_told(kind: str) -> None:
    given, says = WRONG[kind]
    with pytest.raises((InputError, Failure)) as told:
        datasets.given(given)
    assert says in str(told.value)


def test_a_run_goes_on_with_the_data_given_again(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"samples": 60, "batch_size": 10, "film": 0}
    train("perceptron", (X, Y), "classic", out=tmp_path / "whole", **changes)
    train("perceptron", (X, Y), "classic", out=tmp_path / "run", reporter=StopAt(2), **changes)
    with pytest.raises(InputError, match="data given in Python, which is kept nowhere"):
        resume(tmp_path / "run")
    assert resume(tmp_path / "run", data=(X, Y)).finished
    assert weights(tmp_path / "run") == weights(tmp_path / "whole")
