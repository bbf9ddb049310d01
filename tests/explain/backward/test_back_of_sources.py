"""A network that comes as a file goes back as the code does: ONNX, an exported program, TorchScript."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from backs import expect_back
from fivebyfive.explain import Trace, explain


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    body = [nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(4 * 196, 10)).eval()


@pytest.fixture
def image() -> Tensor:
    return torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def _expect_alike(trace: Trace, code: Trace) -> None:
    assert trace.loss == pytest.approx(code.loss, rel=1e-5)
    assert expect_back(trace) > 40
    for name in ("0.bias", "5.weight"):
        ours, theirs = trace.parameters[name].gradient, code.parameters[name].gradient
        assert ours is not None
        assert theirs is not None
        torch.testing.assert_close(ours.reshape(theirs.shape), theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_onnx_file(network: nn.Module, image: Tensor, tmp_path: Path) -> None:
    code = explain(nn.Sequential(*network.children()), image, label=3)
    torch.onnx.export(network, (image,), str(tmp_path / "net.onnx"), dynamo=False)
    trace = explain(str(tmp_path / "net.onnx"), image, label=3)
    assert trace.loss == pytest.approx(code.loss, rel=1e-5)
    assert expect_back(trace) > 40
    assert trace.parameters["5.bias"].gradient is not None


def test_an_exported_program(network: nn.Module, image: Tensor, tmp_path: Path) -> None:
    torch.export.save(torch.export.export(network, (image,)), tmp_path / "net.pt2")
    _expect_alike(explain(str(tmp_path / "net.pt2"), image, label=3), explain(network, image, label=3))


def test_torchscript(network: nn.Module, image: Tensor) -> None:
    _expect_alike(explain(torch.jit.script(network), image, label=3), explain(network, image, label=3))
