"""The quick network: its stroke detectors are edges and lines, given and not learned, and it fits any picture."""

import pytest
import torch

from fivebyfive.networks import build
from fivebyfive.networks.quick import stroke_detectors


def test_its_detectors_answer_to_contrast_only_and_are_of_length_one() -> None:
    filters = stroke_detectors()
    assert filters.shape == (8, 1, 5, 5)
    torch.testing.assert_close(filters.sum((1, 2, 3)), torch.zeros(8), atol=1e-6, rtol=0)
    torch.testing.assert_close(filters.norm(dim=(2, 3)).flatten(), torch.ones(8))


def test_an_edge_has_two_sides_and_a_line_has_none() -> None:
    edges, lines = stroke_detectors().chunk(2)
    torch.testing.assert_close(edges.flip(2, 3), -edges)
    torch.testing.assert_close(lines.flip(2, 3), lines)


def test_quarter_turns_of_one_edge_detector_are_the_others() -> None:
    edges = stroke_detectors()[:4, 0]
    for turns in range(4):
        torch.testing.assert_close(torch.rot90(edges[0], -turns), edges[turns], atol=1e-6, rtol=0)


def test_a_line_detector_finds_its_own_direction() -> None:
    upright = torch.zeros(1, 1, 5, 5)
    upright[..., 2] = 1.0
    level, answers = upright.transpose(2, 3), stroke_detectors()[4:, 0]
    assert (answers * upright[0]).sum((1, 2)).argmax() == 0
    assert (answers * level[0]).sum((1, 2)).argmax() == 2


@pytest.mark.parametrize("size", [(28, 28, 1), (8, 8, 1), (1, 1, 2), (17, 40, 3), (64, 48, 3)])
def test_it_fits_pictures_of_any_size(size: tuple[int, int, int]) -> None:
    height, width, channels = size
    network = build("quick", height=height, width=width, channels=channels, classes=4)
    assert network(torch.rand(3, channels, height, width)).shape == (3, 4)


def test_colours_are_looked_at_one_by_one() -> None:
    network = build("quick", channels=3).eval()
    picture = torch.rand(1, 3, 28, 28)
    assert not torch.equal(network(picture), network(picture.flip(1)))


def test_the_detectors_are_neither_learned_nor_saved() -> None:
    network = build("quick")
    assert "strokes" in dict(network.named_buffers())
    assert not [name for name in [*dict(network.named_parameters()), *network.state_dict()] if "strokes" in name]
