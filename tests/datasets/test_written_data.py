"""What the reader is taught: MNIST whole, every class, the same each time, and of what it is measured on nothing."""

from collections.abc import Iterator

import numpy as np
import pytest

from fivebyfive.datasets import Dataset, written
from fivebyfive.datasets.written import CLASSES, COUNTS, fonts
from fivebyfive.pictures.preparation import DIGITS, found_in

FEW = dict.fromkeys(COUNTS, 300)


@pytest.fixture(scope="module")
def few() -> Iterator[pytest.MonkeyPatch]:
    """All parts, but few of each."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(written, "COUNTS", FEW)
        yield changed


@pytest.fixture(scope="module")
def data(few: pytest.MonkeyPatch) -> Dataset:
    assert few
    return written.load()


def test_the_classes_are_the_digits_then_none_then_the_marks(data: Dataset) -> None:
    assert data.classes == (*"0123456789", "none", ".", ",", "-", "/", ":")
    for part in (data.train, data.validation, data.test):
        assert set(part.labels) == set(range(16))


def test_all_of_mnists_training_images_are_in_it_as_they_are(data: Dataset, digits: Dataset) -> None:
    count = len(digits.train)
    assert np.array_equal(data.train.pixels[:count], digits.train.pixels)
    assert np.array_equal(data.train.labels[:count], digits.train.labels)
    assert len(data.train) == count + sum(FEW.values())


def test_mnists_digits_and_what_comes_of_them_are_most_of_it() -> None:
    of_hands = sum(COUNTS[name] for name in ("prepared", "flagged", "damaged", "small"))
    assert 55_000 + of_hands > sum(COUNTS.values()) - of_hands


def test_images_that_are_kept_apart_are_never_learned(data: Dataset, digits: Dataset) -> None:
    learned, chosen = ({image.tobytes() for image in part.pixels} for part in (data.train, data.validation))
    own_test = {image.tobytes() for image in digits.test.pixels}
    assert not own_test & (learned | chosen)
    assert not {image.tobytes() for image in digits.validation.pixels} & learned


def test_the_same_seed_makes_the_same_data(data: Dataset, few: pytest.MonkeyPatch) -> None:
    again = written.load()
    assert again.sha256 == data.sha256
    assert np.array_equal(again.train.pixels, data.train.pixels)
    with few.context() as other:
        other.setattr(written, "SEED", written.SEED + 9)
        assert written.load().sha256 != data.sha256


def test_every_part_has_its_classes_about_equally_often(few: pytest.MonkeyPatch) -> None:
    assert few
    counts = {name: np.bincount(part.labels, minlength=16) for name, part in written.parts_apart().items()}
    for name in ("prepared", "damaged", "drawn", "printed", "displayed"):
        assert counts[name][10:].sum() == 0, "only digits"
    assert counts["flagged"][1] == counts["flagged"].sum()
    assert counts["nothing"][10] == counts["nothing"].sum()
    assert (counts["marks"][11:] > 0).all()
    assert counts["marks"][:11].sum() == 0


def test_all_of_it_is_as_digits_are_once_they_are_prepared(data: Dataset) -> None:
    assert found_in(data.train.pixels[-2_000:]) == DIGITS


def test_fonts_that_measure_are_not_taught() -> None:
    taught, apart = ({id(font) for font in group} for group in (fonts.taught(), fonts.apart()))
    assert taught
    assert apart
    assert not taught & apart
    assert len(taught | apart) == len(fonts.fonts())
    assert CLASSES[11:] == tuple(fonts.MARKS)
