"""A zoo of ONNX models: each is explained, its values are ONNX Runtime's, and its sums are its values."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

import onnx_zoo
from architectures import ARCHITECTURES
from fivebyfive import explain
from onnx_zoo import expect_explained, exported


def _picture(side: int = 12) -> Any:
    return np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)


@pytest.mark.parametrize("name", onnx_zoo.MODELS)
def test_a_model_that_was_written_by_hand(name: str) -> None:
    within = name in ("if_by_value", "loop", "scan")  # of nodes within others ONNX Runtime tells no values
    expect_explained(explain(onnx_zoo.made(name), _picture()), within=within)


NOT_EXPORTED = {("mixed", "new"), ("dilated", "new"), ("dilated", "old"), ("channel shuffle", "old"),
                ("height, width, channels", "old")}  # fmt: skip
"""What PyTorch's exporters refuse; of the last the old one writes a transposition of dimension 49."""
FEW = ("residual", "convnext")
EXPORTED = [
    pytest.param(name, exporter, marks=[] if name in FEW else [pytest.mark.exhaustive if other else pytest.mark.slow])
    for n, name in enumerate(ARCHITECTURES)
    for other, exporter in enumerate(e for e in ("new", "old")[:: 1 - 2 * (n % 2)] if (name, e) not in NOT_EXPORTED)
]
"""Each by one exporter, by turns, and by the other in the exhaustive tests."""


@pytest.mark.parametrize(("name", "exporter"), EXPORTED)
def test_a_network_that_pytorch_exported(name: str, exporter: str) -> None:
    network, image = ARCHITECTURES[name].network().eval(), ARCHITECTURES[name].image()[None]
    trace = explain(exported(network, image, exporter == "new"), image)
    expect_explained(trace, places=1, within=(name, exporter) == ("inception", "old"))  # an If on sizes
    with torch.no_grad():
        expected = network(image)
    torch.testing.assert_close(trace.steps[-1].output, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bvlc_alexnet", "inception_v1", "shufflenet", "squeezenet"])
def test_a_model_of_the_old_zoo_without_its_weights(name: str) -> None:
    """As the onnx package ships them: of the oldest opsets, weights made by ConstantOfShape."""
    path = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / f"light_{name}.onnx"
    picture = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    trace = explain(str(path), picture)
    assert trace.agreement is not None
    assert trace.agreement.compared == trace.agreement.values
    assert trace.agreement.worst < 1e-4
    assert trace.parameter_count > 1_000_000
