"""What the reader of two digits that touch is taught: each pair as one shape, and as none of them all else."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.datasets.written import masks, pairs

FEW = {name: count // 100 for name, count in pairs.COUNTS.items()}


@pytest.fixture(scope="module")
def few() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(pairs, "COUNTS", FEW)
        yield changed


@pytest.fixture(scope="module")
def data(few: pytest.MonkeyPatch) -> Dataset:
    assert few
    return datasets.load("written_pairs")


def test_the_classes_are_the_pairs_in_order_and_none(data: Dataset) -> None:
    assert data.classes == (*(f"{a}{b}" for a in range(10) for b in range(10)), "none")
    assert set(data.train.labels) == set(range(101))
    assert data.train.pixels.shape == (sum(FEW.values()), 28, 44, 1)


def test_none_of_it_is_as_much_as_is_said(data: Dataset) -> None:
    assert int((data.train.labels == 100).sum()) == sum(FEW.values()) - FEW["pairs"]


def test_ink_is_brought_into_the_middle_and_leaves_a_margin(data: Dataset) -> None:
    inked = data.train.pixels[..., 0] > 0
    assert inked.any(axis=(1, 2)).all()
    assert not inked[:, [0, 1, 2, 3, -4, -3, -2, -1]].any()
    assert not inked[:, :, [0, 1, 2, 3, -4, -3, -2, -1]].any()


def test_what_is_kept_apart_is_never_taught_and_the_same_seed_makes_the_same(
    data: Dataset, few: pytest.MonkeyPatch
) -> None:
    taught = {image.tobytes() for image in data.train.pixels}
    assert not taught & {image.tobytes() for image in data.test.pixels}
    again = pairs.load()
    assert (again.sha256, again.train.pixels.tobytes()) == (data.sha256, data.train.pixels.tobytes())
    with few.context() as other:
        other.setattr(pairs, "SEED", pairs.SEED + 9)
        assert pairs.load().sha256 != data.sha256


@pytest.mark.parametrize("down", [-9, 0, 14])
@pytest.mark.parametrize("over", [0, 1, 6])
def test_shapes_touch_where_their_ink_first_meets(over: int, down: int) -> None:
    disk = cv2.circle(np.zeros((41, 41), np.uint8), (20, 20), 20, 1, -1) > 0
    both, apart = masks.touching(disk, disk, over, down), masks.touching(disk, disk, -2, down)
    assert shapes(apart) == 2
    assert shapes(both) == 1
    assert both.shape == masks.cut(both).shape
    assert (int(both.sum()) == 2 * int(disk.sum())) == (over == 0)


def shapes(mask: masks.Mask) -> int:
    return int(cv2.connectedComponents(mask.astype(np.uint8))[0]) - 1
