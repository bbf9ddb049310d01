"""Parameters and multiply-accumulates add up to what torchinfo reports, wherever torchinfo sees them."""

import pytest
import torch
import torchinfo
from torch import nn

from architectures import ARCHITECTURES, Architecture, resnet18
from fivebyfive.explain import explain
from fivebyfive.networks import build

EXACT = [name for name in ARCHITECTURES if name != "convnext"]


@pytest.mark.parametrize("name", EXACT)
def test_the_sums_are_torchinfos(name: str) -> None:
    architecture = ARCHITECTURES[name]
    network, image = architecture.network(), architecture.image()
    trace = explain(network, image)
    report = torchinfo.summary(network, input_data=image[None], verbose=0)
    assert trace.parameters == report.total_params
    assert trace.macs == report.total_mult_adds


def test_resnet_18_at_224_has_the_published_numbers() -> None:
    architecture = Architecture(resnet18, (3, 224, 224))
    network = architecture.network()
    trace = explain(network, architecture.image())
    report = torchinfo.summary(network, input_size=(1, 3, 224, 224), verbose=0)
    assert trace.parameters == report.total_params == 11_689_512
    assert trace.macs == report.total_mult_adds
    assert trace["layer4.1.bn2"].size == (7, 7, 512)


def test_where_torchinfo_counts_a_linear_layer_once_every_pixel_is_counted() -> None:
    architecture = ARCHITECTURES["convnext"]
    network, image = architecture.network(), architecture.image()
    trace = explain(network, image)
    report = torchinfo.summary(network, input_data=image[None], verbose=0)
    assert trace.parameters == report.total_params
    pixels = 8 * 8
    layers = [network.get_submodule(f"block.pwconv{i}") for i in (1, 2)]
    linear = sum(p.numel() for layer in layers for p in layer.parameters())
    written_out = {step.name: step.macs for step in trace.steps if step.op in ("mul", "add") and step.macs}
    assert set(written_out) == {"stem.1.mul", "stem.1.add", "block.x.mul"}  # scales and shifts without a layer
    assert all(macs == pixels * 8 for macs in written_out.values())
    norm = 16  # torchinfo counts LayerNorm2d's scale and shift once each, as it counts a normalization's
    assert trace.macs == report.total_mult_adds - norm + (pixels - 1) * linear + sum(written_out.values())


def test_the_posts_network_costs_what_the_same_layers_cost_as_modules() -> None:
    torch.manual_seed(0)
    trace = explain(build("conv_net").eval(), torch.rand(1, 28, 28))
    modules = nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(3136, 1024),
        nn.Linear(1024, 10),
    )
    report = torchinfo.summary(modules, input_size=(1, 1, 28, 28), verbose=0)
    assert trace.parameters == report.total_params == 3_274_634
    assert trace.macs == report.total_mult_adds


def test_a_layer_used_twice_has_its_parameters_once_and_its_cost_twice() -> None:
    layer = nn.Conv2d(2, 2, 3, padding=1)
    trace = explain(nn.Sequential(layer, layer), torch.rand(2, 4, 4))
    assert [(step.parameters, step.macs) for step in trace.steps[1:3]] == [(38, 608), (0, 608)]


class Recurrent(nn.Module):
    """The rows of a picture as a sequence."""

    def __init__(self, kind: str, **options: bool | int) -> None:
        super().__init__()
        self.rows = getattr(nn, kind)(28, 12, batch_first=True, **options)
        self.fc = nn.LazyLinear(10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.fc(self.rows(x[:, 0])[0][:, -1])
        return answer


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("options", [{}, {"num_layers": 2}, {"bidirectional": True}, {"bias": False}])
def test_a_recurrent_layer_costs_every_weight_once_a_step(kind: str, options: dict[str, bool | int]) -> None:
    network = Recurrent(kind, **options)
    network(torch.rand(1, 1, 28, 28))
    trace = explain(network, torch.rand(1, 1, 28, 28))
    report = torchinfo.summary(network, input_size=(1, 1, 28, 28), verbose=0)
    assert (trace.parameters, trace.macs) == (report.total_params, report.total_mult_adds)


@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell", "RNNCell"])
def test_a_recurrent_cell_costs_every_weight_once(kind: str) -> None:
    class Cell(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = getattr(nn, kind)(28, 12)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found = self.cell(x[:, 0, 0])
            answer: torch.Tensor = found[0] if isinstance(found, tuple) else found
            return answer

    network = Cell()
    trace = explain(network, torch.rand(1, 1, 28, 28))
    assert trace.macs == trace.parameters == sum(p.numel() for p in network.parameters())
