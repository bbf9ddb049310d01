"""Augmentation: a new picture each time, of the same size, from the same greys; each part does what its name says."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fivebyfive.datasets import Dataset
from fivebyfive.training.augmentation import augmented
from fivebyfive.training.recipe import Recipe, get

NONE = get("classic")


def only(**parts: float) -> Recipe:
    return dataclasses.replace(NONE, **parts)  # type: ignore[arg-type]


@pytest.fixture
def pictures(digits: Dataset) -> Tensor:
    return torch.from_numpy(digits.train.pixels[:64])


def centre(x: Tensor) -> Tensor:
    """Where the ink of each picture [N, H, W, 1] is: (y, x)."""
    ink = x[..., 0].double()
    rows, columns = (torch.arange(side, dtype=torch.float64) for side in ink.shape[1:])
    total = ink.sum((1, 2))
    return torch.stack([(ink.sum(2) @ rows) / total, (ink.sum(1) @ columns) / total], 1)


@given(st.integers(1, 5), st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.integers(0, 2**31))
def test_shape_is_kept_and_no_new_grey_is_made(count: int, height: int, width: int, channels: int, seed: int) -> None:
    torch.manual_seed(seed)
    x = torch.randint(0, 256, (count, height, width, channels), dtype=torch.uint8)
    new = augmented(x, get("good"))
    assert new.shape == x.shape
    lowest, highest = x.amin((1, 2, 3)).float(), x.amax((1, 2, 3)).float()
    assert (new.amin((1, 2, 3)) >= lowest - 1e-2).all()
    assert (new.amax((1, 2, 3)) <= highest + 1e-2).all()


def test_nothing_asked_for_nothing_changed(pictures: Tensor) -> None:
    assert not NONE.augments()
    torch.testing.assert_close(augmented(pictures, NONE), pictures.float(), atol=1e-2, rtol=0)


@pytest.mark.parametrize("part", ["rotation", "scale", "slant", "shift", "bend", "pen"])
def test_each_part_changes_pictures_and_each_picture_its_own_way(pictures: Tensor, part: str) -> None:
    recipe = only(**{part: 0.5 if part != "rotation" else 20.0})
    assert recipe.augments()
    same = pictures[:1].expand(16, -1, -1, -1)
    new = augmented(same, recipe)
    assert len({tuple(n.flatten().tolist()) for n in new.round()}) == 16
    assert (new - same).abs().max() > 10


def test_shift_moves_by_so_many_pixels_at_most() -> None:
    square = torch.zeros(64, 28, 28, 1, dtype=torch.uint8)  # no ink is lost beyond the edge
    square[:, 9:19, 9:19] = 255
    moved = centre(augmented(square, only(shift=2.0))) - centre(square)
    assert moved.abs().max() <= 2.02
    assert moved.abs().max() > 1.5
    assert moved.mean(0).abs().max() < 0.6


def test_a_thin_stroke_that_comes_to_lie_between_two_pixels_stays_sharper_than_their_mean() -> None:
    stroke = torch.zeros(256, 28, 28, 1, dtype=torch.uint8)
    stroke[:, :, 14] = 255
    brightest = augmented(stroke, only(shift=2.0)).amax((1, 2, 3))
    assert brightest.min() > 0.58 * 255
    assert brightest.min() < 0.62 * 255


def test_a_square_stays_where_it_is_and_as_large_while_it_is_turned() -> None:
    square = torch.zeros(32, 28, 28, 1, dtype=torch.uint8)
    square[:, 9:19, 9:19] = 255
    turned = augmented(square, only(rotation=45.0))
    torch.testing.assert_close(centre(turned), centre(square), atol=0.05, rtol=0)
    torch.testing.assert_close(turned.sum((1, 2, 3)), square.float().sum((1, 2, 3)), atol=0, rtol=0.03)


def test_a_wide_picture_is_turned_without_being_stretched() -> None:
    square = torch.zeros(32, 20, 60, 1, dtype=torch.uint8)
    square[:, 5:15, 25:35] = 255
    turned = augmented(square, only(rotation=45.0))
    torch.testing.assert_close(turned.sum((1, 2, 3)), square.float().sum((1, 2, 3)), atol=0, rtol=0.03)


def test_slant_moves_the_upper_and_the_lower_half_apart() -> None:
    bar = torch.zeros(32, 28, 28, 1, dtype=torch.uint8)
    bar[:, 4:24, 13:15] = 255
    leaning = augmented(bar, only(slant=0.3))
    upper, lower = centre(leaning[:, :14])[:, 1], centre(leaning[:, 14:])[:, 1]
    # The halves' centres are 10 pixels of height apart.
    assert 2.0 < (upper - lower).abs().max() <= 3.05


def test_scale_makes_a_square_larger_or_smaller_by_its_share() -> None:
    square = torch.zeros(64, 28, 28, 1, dtype=torch.uint8)
    square[:, 9:19, 9:19] = 255
    new = augmented(square, only(scale=0.2))
    rows = new[:, :, 14, 0].sum(1) / 255
    assert 7.9 < rows.min() < 8.8
    assert 11.2 < rows.max() < 12.1


def test_a_pen_makes_strokes_thicker_and_thinner(pictures: Tensor) -> None:
    ink = augmented(pictures, only(pen=1.0)).sum((1, 2, 3)) / pictures.float().sum((1, 2, 3))
    assert ink.min() < 0.7
    assert ink.max() > 1.4


def test_the_random_state_decides(pictures: Tensor) -> None:
    new = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        new.append(augmented(pictures, get("good")).numpy())
    assert np.array_equal(new[0], new[1])
    assert not np.array_equal(new[0], new[2])
