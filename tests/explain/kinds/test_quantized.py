"""Quantized networks: products of whole numbers, shown as what they mean, and rounded as the layer rounds them."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.explain import Trace, explain
from steps import expect_known

quantize: Any = torch.ao.quantization.quantize_dynamic
quantized = pytest.importorskip("torch.ao.nn.quantized")
pytestmark = pytest.mark.filterwarnings("ignore")


class Whole(nn.Module):
    """Whole numbers from the first layer to the last, as a converted network has them."""

    def __init__(self) -> None:
        super().__init__()
        self.quantize = quantized.Quantize(0.02, 10, torch.quint8)
        self.conv, self.fc = quantized.Conv2d(1, 2, 3, padding=1), quantized.Linear(2 * 16, 5)
        self.conv.scale, self.conv.zero_point, self.fc.scale, self.fc.zero_point = 0.1, 60, 0.3, 50
        scales, zeros = torch.tensor([0.02, 0.03]).double(), torch.tensor([0, 0])
        filters = torch.quantize_per_channel(torch.randn(2, 1, 3, 3), scales, zeros, 0, torch.qint8)
        self.conv.set_weight_bias(filters, torch.randn(2))
        self.fc.set_weight_bias(torch.quantize_per_tensor(torch.randn(5, 32), 0.02, 0, torch.qint8), torch.randn(5))
        self.dequantize = quantized.DeQuantize()

    def forward(self, x: Tensor) -> Tensor:
        x = torch.max_pool2d(torch.relu(self.conv(self.quantize(x))), 2)
        result: Tensor = self.dequantize(self.fc(x.flatten(1)))
        return result


@pytest.fixture
def whole() -> Trace:
    torch.manual_seed(0)
    return explain(Whole(), torch.rand(1, 8, 8))


def test_every_number_of_a_quantized_network_has_its_sum(whole: Trace, tmp_path: Path) -> None:
    expect_known(whole)
    whole.to_html(tmp_path / "page.html")


def test_a_sum_says_how_it_was_rounded(whole: Trace) -> None:
    step = whole["conv"]
    found = step.arithmetic(3, 4, 1)
    assert (step.kind, step.macs) == ("convolution", (9 + 1) * 2 * 64)
    assert float(found.details["scale"]) == pytest.approx(0.1)
    assert found.details["zero_point"] == 60
    assert found.total == pytest.approx((float(found.details["integer"]) - 60) * 0.1)
    products = sum(term.product for term in found.terms) + (found.bias or 0.0)
    assert products == pytest.approx(found.total, abs=0.05 + 1e-6) or found.details["integer"] in (0, 255)
    assert "rounded to (" in found.formula(numbers=True)


def test_a_dynamic_layer_rounds_its_input_by_itself() -> None:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network: nn.Module = quantize(nn.Sequential(nn.Linear(8, 4), nn.ReLU()), {nn.Linear})
    trace = explain(network, torch.rand(1, 8))
    step = expect_known(trace, "quantized_linear_dynamic")
    assert (step.kind, step.macs) == ("fully connected", 8 * 4 + 4)
    assert step.words()[1].startswith("Its input is rounded to")
