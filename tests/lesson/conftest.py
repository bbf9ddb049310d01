"""Traces that the tour goes through: the post's network, a small one, a residual one, one of patches."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from fivebyfive import datasets, model
from fivebyfive.explain import Trace, explain
from fivebyfive.model import Model
from support import load_network

PEOPLE = Path(__file__).parents[1] / "people"
NAMES = ("conv_net", "quick", "resnet_blocks", "convnext_permute")


@dataclass(frozen=True)
class Toured:
    """A network and its trace."""

    network: nn.Module
    trace: Trace


def toured(name: str) -> Toured:
    """On the first test image of MNIST."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    networks = {"resnet_blocks": "resnet8", "convnext_permute": "ConvNeXt"}
    own = name in networks
    found: nn.Module | Model = load_network(f"{PEOPLE / name}.py:{networks[name]}").eval() if own else model.load(name)
    trace = explain(found, datasets.load("mnist").test.pixels[0])
    return Toured(found.network if isinstance(found, Model) else found, trace)


@pytest.fixture(scope="session", params=NAMES)
def tour(request: pytest.FixtureRequest) -> Toured:
    name: str = request.param
    return toured(name)


@pytest.fixture(scope="session")
def conv_net() -> Trace:
    return toured("conv_net").trace
