"""Arrays and tensors as pictures: whatever numbers they hold, one or many of them."""

from typing import Any

import numpy as np
import pytest
import torch

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.prediction import predict
from fivebyfive.prediction.arrays import pictures_of


@pytest.fixture
def three(digits: Dataset) -> Any:
    """Three of MNIST's test images, [3, 28, 28], and what is on them."""
    return digits.test.pixels[:3, :, :, 0], [str(n) for n in digits.test.labels[:3]]


def as_tensor(images: Any) -> Any:
    return torch.from_numpy(images[:, None]).float() / 255


@pytest.mark.parametrize(
    "made",
    [
        lambda x: x[..., None],
        lambda x: x[:, None],
        lambda x: (x / 255.0)[..., None],
        lambda x: x.astype(np.float32)[..., None],
        lambda x: x.astype(np.int64)[..., None],
        lambda x: x.astype(np.uint16)[..., None] * 257,
        lambda x: np.repeat(x[..., None], 3, 3),
        lambda x: (x > 127)[..., None],
        lambda x: np.concatenate([x, x])[:5],
        as_tensor,
        list,
        tuple,
    ],
    ids=[
        "N,h,w,1",
        "N,1,h,w",
        "floats",
        "bytes-as-floats",
        "integers",
        "16-bits",
        "colour",
        "booleans",
        "N,h,w",
        "tensor",
        "list",
        "tuple",
    ],
)
def test_several_pictures_are_read_in_their_order_whatever_holds_them(made: Any, three: Any) -> None:
    images, labels = three
    assert [reading.text for reading in predict(made(images), "conv_net")][:3] == labels


@pytest.mark.parametrize("made", [lambda x: x, lambda x: x[None], lambda x: torch.from_numpy(x)[None] / 255])
def test_one_picture_is_one_reading(made: Any, three: Any) -> None:
    images, labels = three
    assert predict(made(images[0]), "conv_net").text == labels[0]


def test_equal_greys_of_a_batch_stay_equal() -> None:
    dark, light = np.full((4, 4), 0.25), np.full((4, 4), 1.0)
    one, two = pictures_of(np.stack([dark, light])[..., None])
    assert (one.pixels.max(), two.pixels.max()) == (64, 255)


def test_what_is_transparent_lies_over_white() -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    (picture,) = pictures_of(rgba)
    assert picture.pixels.min() == 255


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (np.zeros((3, 28, 28), np.uint8), r"3 pictures or one of 3 channels.*\[3, 28, 28, 1\]"),
        (np.zeros((2, 28, 28, 7), np.uint8), "is no picture"),
        (np.zeros((0, 28), np.uint8), "is no picture"),
        (np.zeros(28, np.uint8), "is no picture"),
        (np.full((28, 28), np.nan), "from nan"),
        (np.full((28, 28), -1.0), "normalization"),
        (np.array([["a", "b"]]), "is no picture"),
        (object(), "was expected as picture"),
        (3, "was expected as picture"),
    ],
)
def test_what_is_no_picture_is_told(wrong: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        predict(wrong)


def test_a_batch_of_none_is_none() -> None:
    none: Any = np.zeros((0, 28, 28, 1), np.uint8)
    found: Any = predict(none)
    assert found == []
