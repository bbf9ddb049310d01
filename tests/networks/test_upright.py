"""Straightening: what leans is set upright, what stands stays."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.datasets import mnist
from fivebyfive.networks import as_input, build
from fivebyfive.networks.upright import Upright, leaning, straightened
from fivebyfive.training import loop
from fivebyfive.training.recipe import get
from support import Silent


def stroke(lean: float) -> torch.Tensor:
    """A soft stroke that leans by so many pixels a pixel of height."""
    rows, columns = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    across = columns - 13.0 - lean * (rows - 14.0)
    return (torch.exp(-(across**2) / 3.0) * ((rows > 5) & (rows < 23)))[None, None]


@settings(deadline=None)
@given(st.floats(-0.6, 0.6))
def test_a_stroke_is_set_upright_whatever_its_lean(lean: float) -> None:
    middle, found = leaning(stroke(lean))
    assert found.item() == pytest.approx(lean, abs=0.01)
    assert middle.item() == pytest.approx(14.0, abs=0.01)
    torch.testing.assert_close(straightened(stroke(lean)), stroke(0.0), atol=0.03, rtol=0.0)


def test_digits_are_upright_afterwards() -> None:
    digits = as_input(torch.from_numpy(mnist.load().validation.pixels[:500].copy()), build("best"))
    _, lean = leaning(digits)
    _, left = leaning(straightened(digits))
    assert lean.abs().mean() > 0.1
    assert left.abs().mean() < 0.01


@pytest.mark.parametrize("shade", [0.0, 1.0])
@pytest.mark.parametrize("size", [(28, 28), (1, 1), (1, 9), (9, 1)])
def test_a_picture_of_one_shade_stays_as_it_is(shade: float, size: tuple[int, int]) -> None:
    picture = torch.full((2, 3, *size), shade)
    _, lean = leaning(picture)
    torch.testing.assert_close(lean, torch.zeros(2, 1), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(straightened(picture), picture, atol=1e-4, rtol=0.0)


def test_while_it_learns_it_sees_what_was_straightened_before_it_was_changed() -> None:
    torch.manual_seed(0)
    network = Upright(keep_prob=1.0)
    images = torch.from_numpy(mnist.load().validation.pixels[:50].copy())
    read = network.eval()(as_input(images, network))
    for layer in network.modules():
        layer.training = isinstance(layer, Upright)
    torch.testing.assert_close(network(as_input(network.prepared(images), network)), read, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(network(as_input(images, network)), read, atol=1e-3)


def test_the_loop_lets_it_prepare_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []

    def watched(pictures: torch.Tensor, _: object) -> torch.Tensor:
        seen.append(pictures)
        return pictures

    monkeypatch.setattr(loop, "augmented", watched)
    network, images = build("best"), mnist.load().train[:128]
    recipe = get("best", batch_size=64, samples=100)
    loop.run(network, loop.optimizer_for(network, recipe), images, recipe, 0, Silent())
    plain, upright = (torch.stack([leaning(p.permute(0, 3, 1, 2).float())[1].abs().mean() for p in seen[:2]])).tolist()
    assert plain > 0.1
    assert upright < 0.01
