"""Photographs changed before they are learned: cut, mirrored, in another light, mixed; all from seed and step."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fivebyfive.training import photographs
from fivebyfive.training.photographs import Draws, changed, size_at, wanted
from fivebyfive.training.recipe import Recipe, get

ALL = get("photos", mixing=0.4)


def pictures(count: int = 8, height: int = 48, width: int = 64, channels: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, height, width, channels), generator=generator, dtype=torch.uint8)


def drawn(recipe: Recipe, seed: int, step: int, count: int, member: int = 0) -> Draws:
    return photographs.drawn(dataclasses.replace(recipe, batch_size=count), seed, step, member)


def only(**values: float) -> Recipe:
    return Recipe("none", **values)  # type: ignore[arg-type]


@given(st.integers(1, 9), st.integers(8, 60), st.integers(8, 60), st.sampled_from([1, 3, 4]), st.integers(0, 2**31 - 1))
def test_every_value_is_one_that_a_pixel_may_have(
    count: int, height: int, width: int, channels: int, seed: int
) -> None:
    new = changed(pictures(count, height, width, channels), drawn(ALL, seed, 3, count), ALL)
    assert new.shape == (count, *size_at(ALL.resolution, (height, width)), channels)
    assert new.dtype == torch.float32
    assert new.min() >= 0.0
    assert new.max() <= 255.0


def test_a_batch_in_even_parts_gives_the_same_pictures_and_another_step_others() -> None:
    x, draws = pictures(8), drawn(ALL, 5, 7, 8)
    whole = changed(x, draws, ALL)
    parts = [changed(x[part], draws[part], ALL) for part in (slice(0, 2), slice(2, 6), slice(6, 8))]
    assert torch.equal(torch.cat(parts), whole)
    assert torch.equal(changed(x, drawn(ALL, 5, 7, 8), ALL), whole)
    others = (drawn(ALL, 5, 8, 8), drawn(ALL, 6, 7, 8), drawn(ALL, 5, 7, 8, member=1))
    assert not any(torch.equal(changed(x, other, ALL), whole) for other in others)


def test_no_random_number_of_the_process_is_used() -> None:
    torch.manual_seed(0)
    changed(pictures(), drawn(ALL, 0, 0, 8), ALL)
    after = torch.rand(3)
    torch.manual_seed(0)
    assert torch.equal(torch.rand(3), after)


def test_a_share_of_them_is_mirrored() -> None:
    x, recipe = pictures(200, 8, 8), only(flip=0.5)
    new = changed(x, drawn(recipe, 0, 0, 200), recipe)
    as_they_are = (new == x).flatten(1).all(1)
    mirrored = (new == x.flip(2)).flatten(1).all(1)
    assert torch.equal(as_they_are, ~mirrored)
    assert 60 < mirrored.sum() < 140


def test_a_part_has_at_least_its_share_of_the_area_and_nearly_the_pictures_aspect() -> None:
    boxes = drawn(only(crop=0.3), 0, 0, 500).boxes
    top, left, height, width = boxes.unbind(1)
    assert (torch.stack([top, left]) >= 0).all()
    assert (torch.stack([top + height, left + width]) <= 1 + 1e-6).all()
    assert (height * width).min() >= 0.3 / photographs.ASPECT**0.5 - 1e-6
    assert (height * width).min() < 0.4
    assert (height / width).max() <= photographs.ASPECT
    whole = drawn(only(), 0, 0, 3).boxes
    assert torch.equal(whole, torch.tensor([0.0, 0.0, 1.0, 1.0]).repeat(3, 1))


def test_what_a_part_shows_is_what_lies_there() -> None:
    ramp = torch.arange(64, dtype=torch.uint8).mul(4).reshape(1, 1, 64, 1).expand(4, 64, 64, 3).contiguous()
    recipe = only(crop=0.5)
    draws = drawn(recipe, 3, 0, 4)
    new = changed(ramp, draws, recipe)
    for seen, (_, left, _, width) in zip(new, draws.boxes.tolist(), strict=True):
        assert seen[5, 0, 0].item() == pytest.approx(256 * left, abs=6)
        assert seen[60, 63, 1].item() == pytest.approx(256 * (left + width), abs=6)


def test_light_contrast_and_colour_change_what_they_say() -> None:
    x, recipe = pictures(), only(colour=0.3)
    same = torch.ones(8)
    draws = drawn(recipe, 0, 0, 8)

    def seen(light: Tensor, contrast: Tensor, colour: Tensor) -> Tensor:
        changes = Draws(draws.boxes, draws.mirrored, light, contrast, colour, same)
        return changed((x // 2 + 64), changes, recipe)  # far from black and white, where nothing is cut off

    plain = seen(same, same, same)
    assert torch.allclose(plain, (x // 2 + 64).float(), atol=1e-3)
    assert torch.allclose(seen(same * 0.8, same, same), plain * 0.8, atol=1e-3)
    flat = seen(same, same * 0.5, same)
    assert torch.allclose(flat.mean((1, 2, 3)), plain.mean((1, 2, 3)), atol=0.1)
    assert torch.allclose(flat.std((1, 2, 3)), plain.std((1, 2, 3)) / 2, rtol=1e-3)
    grey = seen(same, same, same * 0.0)
    assert torch.allclose(grey[..., 0], plain @ torch.tensor(photographs.LIGHTNESS), atol=1e-2)
    assert torch.equal(grey[..., 0], grey[..., 1])


def test_partners_are_mixed_and_so_is_what_is_to_be_said_of_them() -> None:
    recipe = only(mixing=0.5)
    x, labels = pictures(5), torch.tensor([0, 1, 2, 2, 1])
    draws = drawn(recipe, 1, 4, 5)
    new, said = changed(x, draws, recipe), wanted(labels, 3, draws)
    own = draws.own[0].item()
    assert 0.5 <= own < 1.0
    assert torch.allclose(new[0], own * x[0] + (1 - own) * x[1].float(), atol=1e-2)
    assert said[0].tolist() == pytest.approx([own, 1 - own, 0.0])
    assert said[1].tolist() == pytest.approx([1 - own, own, 0.0])
    assert torch.equal(said.argmax(1), labels)
    assert torch.equal(new[4], x[4].float())
    assert torch.allclose(said.sum(1), torch.ones(5))


def test_a_smaller_size_is_one_that_networks_can_halve() -> None:
    assert size_at(1.0, (375, 500)) == (375, 500)
    assert size_at(0.43, (224, 224)) == (96, 96)
    assert size_at(0.1, (224, 50)) == (32, 32)
    assert size_at(0.5, (20, 28)) == (20, 28)
