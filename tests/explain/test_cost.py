"""Parameters and multiply-accumulates add up to what torchinfo reports, wherever torchinfo sees all that is done."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
import torchinfo
from rich.console import Console
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from architectures import ARCHITECTURES, OF_LAYERS, Architecture, resnet18
from fivebyfive.explain import Step, Trace, explain
from fivebyfive.networks import build
from fivebyfive.views.page.document import structure
from fivebyfive.views.terminal import show

EXACT = [name for name in OF_LAYERS if name != "convnext"]


def as_torchinfo_counts(trace: Trace) -> int:
    """What is counted, with a normalization's and PReLU's parameters once, and a transposed convolution's at every
    place that it writes.
    """
    return sum(_as_torchinfo_counts(step) for step in trace.steps)


def _as_torchinfo_counts(step: Step) -> int:
    counted = sum(0 if parameter is None else parameter.numel() for parameter in (step.weight, step.bias))
    if step.kind == "normalization" or step.op == "prelu":
        return counted
    if step.attributes.get("transposed"):
        return counted * (step.output.numel() // step.size[2])
    return step.macs or 0


@pytest.mark.parametrize("name", EXACT)
def test_the_sums_are_torchinfos(name: str) -> None:
    architecture = ARCHITECTURES[name]
    network, image = architecture.network(), architecture.image()
    trace = explain(network, image)
    report = torchinfo.summary(network, input_data=image[None], verbose=0)
    assert trace.parameter_count == report.total_params
    assert as_torchinfo_counts(trace) == report.total_mult_adds


def test_resnet_18_at_224_has_the_published_numbers() -> None:
    architecture = Architecture(resnet18, (3, 224, 224))
    network = architecture.network()
    trace = explain(network, architecture.image())
    report = torchinfo.summary(network, input_size=(1, 3, 224, 224), verbose=0)
    assert trace.parameter_count == report.total_params == 11_689_512
    assert as_torchinfo_counts(trace) == report.total_mult_adds
    assert trace["layer4.1.bn2"].size == (7, 7, 512)
    assert trace["layer4.1.bn2"].macs == 7 * 7 * 512


def test_where_torchinfo_counts_a_linear_layer_once_every_pixel_is_counted() -> None:
    architecture = ARCHITECTURES["convnext"]
    network, image = architecture.network(), architecture.image()
    trace = explain(network, image)
    report = torchinfo.summary(network, input_data=image[None], verbose=0)
    assert trace.parameter_count == report.total_params
    pixels = 8 * 8
    layers = [network.get_submodule(f"block.pwconv{i}") for i in (1, 2)]
    linear = sum(p.numel() for layer in layers for p in layer.parameters())
    written_out = {step.name: step.macs for step in trace.steps if step.op in ("mul", "add") and step.macs}
    assert set(written_out) == {"stem.1.mul", "stem.1.add", "block.x.mul"}  # scales and shifts without a layer
    assert all(macs == pixels * 8 for macs in written_out.values())
    norm = 16  # torchinfo counts LayerNorm2d's scale and shift once each, as it counts a normalization's
    assert as_torchinfo_counts(trace) == report.total_mult_adds - norm + (pixels - 1) * linear + sum(
        written_out.values()
    )


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
    assert trace.parameter_count == report.total_params == 3_274_634
    assert trace.macs == report.total_mult_adds


GIVEN, OWN = 4 * 5 * 6, 2 * 4 * 5 * 6
NORMALIZED: dict[str, tuple[nn.Module, int]] = {
    "statistics of the training": (nn.BatchNorm2d(4), GIVEN),
    "no scale": (nn.BatchNorm2d(4, affine=False), GIVEN),
    "the picture's own": (nn.BatchNorm2d(4, track_running_stats=False), OWN + GIVEN),
    "each map's own": (nn.InstanceNorm2d(4), OWN),
    "groups": (nn.GroupNorm(2, 4), OWN + GIVEN),
    "rows": (nn.LayerNorm(6), OWN + GIVEN),
    "a slope": (nn.PReLU(4), GIVEN),
    "no parameters": (nn.LeakyReLU(), 0),
}


@pytest.mark.parametrize("name", NORMALIZED)
def test_what_meets_every_value_is_counted_for_every_value(name: str) -> None:
    layer, macs = NORMALIZED[name]
    (step,) = (
        s for s in explain(nn.Sequential(layer).eval(), torch.rand(4, 5, 6)).steps if s.kind not in ("input", "output")
    )
    assert step.macs == macs


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_transposed_convolution_spreads_every_value_that_it_reads(stride: int) -> None:
    network = nn.Sequential(nn.ConvTranspose2d(3, 4, 5, stride, groups=1))
    step = explain(network, torch.rand(3, 6, 7)).steps[1]
    assert step.macs == 6 * 7 * 3 * 4 * 25 + step.output.numel()


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
    assert (trace.parameter_count, trace.macs) == (report.total_params, report.total_mult_adds)


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
    assert trace.macs == trace.parameter_count == sum(p.numel() for p in network.parameters())


# --- attention: what PyTorch counts itself ---------------------------------------------------------------------------


class Does(nn.Module):
    """A network that does what it is given."""

    def __init__(self, does: Callable[..., Tensor], *layers: nn.Module) -> None:
        super().__init__()
        self.does, self.layers = does, nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.does(x, *self.layers)


def _heads(x: Tensor) -> Tensor:
    return x.reshape(1, 6, 2, 4).transpose(1, 2)


def _attended(x: Tensor, attention: nn.Module) -> Tensor:
    answer: Tensor = attention(x, x[:, :4], x[:, :4])[0]
    return answer


def _other_depths(x: Tensor, attention: nn.Module) -> Tensor:
    answer: Tensor = attention(x, x[:, :4, :6], x[:, :4, :5])[0]
    return answer


TOKENS = torch.rand(1, 6, 8)
PRODUCTS: dict[str, Callable[[], nn.Module]] = {
    "scaled_dot_product_attention": lambda: Does(
        lambda x: F.scaled_dot_product_attention(_heads(x), _heads(x), x[:, None])
    ),
    "by hand": lambda: Does(lambda x: (_heads(x) @ _heads(x).mT).softmax(-1) @ _heads(x)),
    "einsum": lambda: Does(lambda x: torch.einsum("bqhd,bkhd->bhqk", x.reshape(1, 6, 2, 4), x.reshape(1, 6, 2, 4))),
    "MultiheadAttention": lambda: Does(_attended, nn.MultiheadAttention(8, 2, bias=False, batch_first=True)),
    "of other depths": lambda: Does(
        _other_depths, nn.MultiheadAttention(8, 2, bias=False, kdim=6, vdim=5, batch_first=True)
    ),
    "with one more key": lambda: Does(
        _attended, nn.MultiheadAttention(8, 2, bias=False, add_zero_attn=True, batch_first=True)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRODUCTS)
def test_attention_costs_what_pytorch_counts_itself(name: str) -> None:
    network, x = PRODUCTS[name]().eval(), TOKENS
    with FlopCounterMode(display=False) as counter, torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        network(x)
    trace = explain(network, x)
    assert trace.macs == counter.get_total_flops() // 2 > 0
    assert trace.not_counted == ()


def test_products_that_are_added_up_cost_what_they_cost_alone() -> None:
    together = explain(Does(lambda x: torch.addbmm(x[0, :, :6], x.expand(3, -1, -1), x.mT.expand(3, -1, -1))), TOKENS)
    alone = explain(Does(lambda x: torch.bmm(x.expand(3, -1, -1), x.mT.expand(3, -1, -1))), TOKENS)
    assert together.macs == alone.macs == 3 * 6 * 6 * 8


@pytest.mark.parametrize("layers", [1, 2])
def test_an_encoder_costs_its_attention_and_what_torchinfo_counts_once_a_token(layers: int) -> None:
    tokens, depth, hidden = 6, 8, 16
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(depth, 2, hidden, batch_first=True), layers, enable_nested_tensor=False
    ).eval()
    trace = explain(encoder, torch.rand(1, tokens, depth))
    report = torchinfo.summary(encoder, input_size=(1, tokens, depth), verbose=0)
    assert trace.parameter_count == report.total_params
    linear = 2 * depth * hidden + hidden + depth
    attention = tokens * 4 * (depth * depth + depth) + 2 * tokens * tokens * depth
    assert as_torchinfo_counts(trace) == report.total_mult_adds + layers * ((tokens - 1) * linear + attention)


# --- what is not counted ---------------------------------------------------------------------------------------------


class Spectral(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        y = torch.fft.rfft2(y).abs()
        answer: Tensor = y.mean((2, 3))
        return answer


def _scripted() -> nn.Module:
    body = torch.jit.script(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()))
    return Does(lambda x, part: part(x).mean((2, 3)), body)


UNKNOWN: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "a Fourier transform": (Spectral, "y.fft_rfft2"),
    "an inverse": (lambda: Does(lambda x: torch.linalg.inv(x[:, 0] + torch.eye(8))), "linalg_inv"),
    "a product of three": (
        lambda: Does(lambda x: torch.einsum("nchw,nchv,nchu->nwvu", x, x, x)),
        "einsum",
    ),
    "TorchScript": (_scripted, "layers.0"),
}


def _printed(trace: Trace) -> str:
    file = io.StringIO()
    show(trace, Console(file=file, width=120, force_terminal=False))
    return file.getvalue()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_counted_is_said_and_never_0(name: str, tmp_path: Path) -> None:
    make, step = UNKNOWN[name]
    trace = explain(make().eval(), torch.rand(1, 8, 8))
    assert trace.not_counted == (step,)
    assert trace[step].macs is None
    assert "What it costs is not counted." in trace[step].words()
    assert trace.macs == (2 * 10 * 36 if name == "a Fourier transform" else 0)
    assert trace.parameter_count == (20 if name in ("a Fourier transform", "TorchScript") else 0)
    trace.to_json(tmp_path / "about.json")
    about = json.loads((tmp_path / "about.json").read_text())
    assert about["not_counted"] == [step]
    assert [s["macs"] for s in about["steps"] if s["name"] == step] == [None]
    (described,) = [s for s in structure(trace).fields["structure"]["steps"] if s["name"] == step]
    assert described["macs"] is None
    shown = _printed(trace)
    assert f"{trace.macs:,} MACs (multiply-accumulates); not counted: {step}" in shown
    assert "MACs not counted" in shown
