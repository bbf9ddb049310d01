"""A zoo of ONNX models: each is explained, its values are ONNX Runtime's, and its sums are its values."""

import io
import random
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

import onnx_zoo
from architectures import ARCHITECTURES
from fivebyfive import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.terminal import show
from sums import expect_true


def _picture(side: int = 12) -> Any:
    return np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)


def expect_explained(trace: Trace, places: int = 2, within: bool = False) -> None:
    """ONNX Runtime agrees, the sums are true at random places, and the page and the terminal show it."""
    found = trace.agreement
    assert found is not None
    assert not found.unasked
    assert 0 < found.compared <= found.values
    assert found.compared == found.values or within
    assert found.worst <= 1e-4, found
    rng = random.Random(0)
    for step in trace.steps:
        if step.output.numel():
            height, width, channels = step.size
            at = [(rng.randrange(height), rng.randrange(width), rng.randrange(channels)) for _ in range(places)]
            expect_true(step, at)
    assert all(step.source for step in trace.steps)
    assert not [note for note in trace.notes if "could not be run here" in note or "is not known here" in note]
    show(trace, Console(file=io.StringIO(), width=100))
    with tempfile.TemporaryDirectory() as folder:
        trace.to_html(Path(folder) / "page.html")


@pytest.mark.parametrize("name", onnx_zoo.MODELS)
def test_a_model_that_was_written_by_hand(name: str) -> None:
    within = name in ("if_by_value", "loop", "scan")  # of nodes within others ONNX Runtime tells no values
    expect_explained(explain(onnx_zoo.made(name), _picture()), within=within)


NOT_EXPORTED = {("mixed", "new"), ("dilated", "new"), ("dilated", "old"), ("channel shuffle", "old"),
                ("height, width, channels", "old")}  # fmt: skip
"""What PyTorch's exporters refuse; of the last the old one writes a transposition of dimension 49."""
FEW = ("residual", "convnext")
EXPORTED = [
    pytest.param(name, exporter, marks=() if name in FEW else pytest.mark.slow)
    for name in ARCHITECTURES
    for exporter in ("new", "old")
    if (name, exporter) not in NOT_EXPORTED
]


@pytest.mark.parametrize(("name", "exporter"), EXPORTED)
def test_a_network_that_pytorch_exported(name: str, exporter: str) -> None:
    network, image = ARCHITECTURES[name].network().eval(), ARCHITECTURES[name].image()[None]
    trace = explain(exported(network, image, exporter == "new"), image)
    expect_explained(trace, places=1, within=(name, exporter) == ("inception", "old"))  # an If on sizes
    with torch.no_grad():
        expected = network(image)
    torch.testing.assert_close(trace.steps[-1].output, expected, rtol=1e-3, atol=1e-4)


def exported(network: nn.Module, image: Tensor, dynamo: bool) -> onnx.ModelProto:
    """The network as PyTorch's exporter writes it, the new one or the old one."""
    kept = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (image,), kept, dynamo=dynamo, external_data=False, verbose=False)  # type: ignore[arg-type]
    return onnx.load_from_string(kept.getvalue())
