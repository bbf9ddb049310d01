"""Networks as people write them: every gradient has its sum, and is the gradient that training would use."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from architectures import ARCHITECTURES
from backs import expect_autograds, expect_back, weighted
from census_cases import CASES, given
from fivebyfive.errors import InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.networks import build
from support import load_network
from test_people import OF_COLOURS, OF_DIGITS, ONLY_EXPLAINED, spec_of

UNWATCHED = "scripted_part:Net"
"""A function of TorchScript takes its maps, which Python cannot watch: their gradients have no sum."""
ONE_PICTURE = "Expected more than 1 value per channel when training"
NOT_CLASSES = ("no label fits it",)


def _traced(network: nn.Module, image: Any) -> Trace | None:
    """With a label, or where the network gives no classes, with a loss; None where it needs several pictures."""
    try:
        return explain(network, image, label=1)
    except InputError as error:
        said = str(error)
    except RuntimeError as error:
        said = str(error)
    if ONE_PICTURE in said:
        return None
    assert any(part in said for part in NOT_CLASSES), said
    return explain(network, image, loss=weighted)


@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", [*OF_DIGITS, *OF_COLOURS, *ONLY_EXPLAINED])
def test_every_gradient_of_every_network_that_people_write(name: str, training: bool) -> None:
    torch.manual_seed(0)
    coloured = name in OF_COLOURS or name == "unet_small:UNet"
    channels, height, width = (3, 32, 32) if coloured else (1, 28, 28)
    network = load_network(spec_of(name), height=height, width=width, channels=channels, classes=10).train(training)
    trace = _traced(network, torch.rand(1, channels, height, width))
    if trace is None:
        return
    if name == UNWATCHED:
        with pytest.raises(InputError, match="runs where Python cannot watch"):
            trace["a"].back()
        return
    assert expect_back(trace, places=3) > 10


@pytest.mark.parametrize("double", [False, True], ids=["single", "double"])
@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_gradient_of_every_architecture(name: str, training: bool, double: bool) -> None:
    architecture = ARCHITECTURES[name]
    network = architecture.network().train(training)
    network = network.double() if double else network
    image = architecture.image()[None].to(torch.float64 if double else torch.float32)
    torch.manual_seed(3)  # of dropout
    trace = explain(network, image, loss=_loss)
    assert expect_back(trace) > 50
    torch.manual_seed(3)
    expect_autograds(trace, network, lambda: _loss(network(image)))


def _loss(result: Any) -> Tensor:
    return F.cross_entropy(result, torch.tensor([1])) if result.dim() == 2 else weighted(result)


@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", ["conv_net", "perceptron", "quick", "deep"])
def test_every_gradient_of_our_own_networks(name: str, training: bool) -> None:
    torch.manual_seed(2)
    network = build(name, classes=4).train(training)
    images = torch.rand(3, 1, 28, 28)
    trace = explain(network, images, label=[0, 3, 1])
    assert expect_back(trace) > 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_every_gradient_of_what_the_census_found(case: type[nn.Module]) -> None:
    torch.manual_seed(0)
    assert expect_back(explain(case().eval(), given(case), loss=weighted)) > 10


def test_a_batch_adds_up_what_each_picture_says(three: Tensor) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 26 * 26, 3)).double()
    alone = [explain(network, image[None], label=label) for image, label in zip(three, (0, 2, 1), strict=True)]
    together = explain(network, three, label=[0, 2, 1])
    for name, parameter in together.parameters.items():
        gradients = [trace.parameters[name].gradient for trace in alone]
        assert all(gradient is not None for gradient in gradients)
        torch.testing.assert_close(parameter.gradient, torch.stack(gradients).mean(0))  # type: ignore[arg-type]
    found = together.parameters["0.weight"].back(1, 0, 2, 2)
    assert {term.picture for term in found.terms} == {0, 1, 2}
    second = together["0"].back(4, 7, 1, picture=1)
    assert second.total == pytest.approx(alone[1]["0"].back(4, 7, 1).total / 3)


@pytest.fixture
def three() -> Tensor:
    return torch.rand(3, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
