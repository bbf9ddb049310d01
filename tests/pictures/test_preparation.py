"""One rule says how a picture becomes what a model takes."""

import numpy as np
import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.pictures.decoding import Picture
from fivebyfive.pictures.preparation import DIGITS, MARKS, MNIST, WHOLE, found_in, is_prepared, rule_for
from fivebyfive.pictures.prepare import prepare

NAMES = tuple("0123456789")


def photo_of(digit: np.ndarray) -> Picture:
    """Dark ink on light paper, three times as large, one digit beside another."""
    ink = np.kron(np.pad(np.hstack([digit, digit]), 12), np.ones((3, 3), np.uint8))
    return Picture((255 - ink)[..., None].astype(np.uint8), ink.shape[1], ink.shape[0])


def test_mnists_own_images_are_taken_as_they_are(digits: Dataset) -> None:
    images = digits.train.pixels[:5000]
    assert all(is_prepared(image) for image in images)
    picture = Picture(images[0], 28, 28)
    assert np.array_equal(prepare(picture, DIGITS, MNIST).images[0], images[0])


@pytest.mark.parametrize("change", [lambda x: 255 - x, lambda x: x + 1, lambda x: x * 0, lambda x: np.roll(x, 13, 0)])
def test_what_is_like_them_in_size_only_is_not(digits: Dataset, change: object) -> None:
    assert not is_prepared(change(digits.train.pixels[0]))  # type: ignore[operator]
    assert not is_prepared(np.pad(digits.train.pixels[0], ((0, 1), (0, 0), (0, 0))))


def test_the_digits_of_a_photo_are_found_and_their_stages_kept_where_they_are_asked_for(digits: Dataset) -> None:
    photo = photo_of(digits.train.pixels[0, ..., 0])
    found = prepare(photo, DIGITS, MNIST, stages=256)
    assert found.images.shape == (2, *MNIST)
    assert [len(stages) for stages in found.stages] == [5, 5]
    assert prepare(photo, DIGITS, MNIST).stages == ()


def test_any_other_model_gets_the_picture_scaled(digits: Dataset) -> None:
    photo = photo_of(digits.train.pixels[0, ..., 0])
    whole = prepare(photo, WHOLE, (20, 30, 3))
    assert whole.images.shape == (1, 20, 30, 3)
    assert whole.boxes == ((0, 0, photo.width, photo.height),)


def test_which_models_read_digits() -> None:
    assert rule_for(MNIST, NAMES) == DIGITS
    assert rule_for(MNIST, (*NAMES, "none"), "written") == DIGITS
    assert rule_for(MNIST, (*NAMES, "none", *MARKS), "written") == DIGITS
    assert rule_for(MNIST, ("cat", "dog")) == WHOLE
    assert rule_for((32, 32, 1), NAMES) == WHOLE
    assert rule_for(MNIST, NAMES, "/data/mine.npz") == WHOLE


def test_how_pictures_are_prepared_is_found_in_those_that_are_learned_from(digits: Dataset) -> None:
    assert found_in(digits.train.pixels[:300]) == DIGITS
    assert found_in(255 - digits.train.pixels[:300]) == WHOLE
    assert found_in(np.zeros((5, 28, 28, 1), np.uint8)) == WHOLE
    assert found_in(np.repeat(digits.train.pixels[:5], 3, axis=3)) == WHOLE
    larger = np.random.default_rng(0).integers(0, 2, (20, 28, 28, 1), np.uint8) * 255
    assert found_in(larger) == WHOLE
