"""Every family of `keras.applications`, its smallest: equal to Keras, on lines, sums true, the page finished."""

import random
from pathlib import Path

import keras
import numpy as np
import pytest

import sums
from fivebyfive import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.networks.from_keras import backend

SMALLEST = {
    "ConvNeXtTiny": 32, "DenseNet121": 32, "EfficientNetB0": 32, "EfficientNetV2B0": 32, "InceptionResNetV2": 75,
    "InceptionV3": 75, "MobileNet": 32, "MobileNetV2": 32, "MobileNetV3Small": 32, "NASNetMobile": 32, "ResNet50": 32,
    "ResNet50V2": 32, "VGG16": 32, "Xception": 71,
}  # fmt: skip
"""Each with a side of pictures that it takes."""
BYTES = ("ConvNeXtTiny", "EfficientNetB0", "EfficientNetV2B0", "MobileNetV3Small")
"""Those that bring bytes down themselves."""
PLACES = 40

pytestmark = pytest.mark.slow


def _explained(name: str) -> Trace:
    side = SMALLEST[name]
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), classes=10)
    return explain(model, np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8))


USUAL = {"torch": ("ConvNeXtTiny", "MobileNetV2"), "tensorflow": ("MobileNetV3Small", "ResNet50")}
"""Those that are run every time, on this backend; all on each take minutes."""


@pytest.mark.parametrize(
    "name",
    [
        name if name in USUAL.get(backend(), ()) else pytest.param(name, marks=pytest.mark.exhaustive)
        for name in SMALLEST
    ],
)
def test_a_family_is_explained(name: str, tmp_path: Path) -> None:
    if name == "NASNetMobile" and backend() == "torch":
        pytest.skip("Keras has none on PyTorch")
    trace = _explained(name)
    assert trace.agreement is not None
    assert trace.agreement.worst <= 1e-4
    assert trace.agreement.compared > 20
    assert {step.layout for step in trace.steps} == {"NHWC", "flat"}
    assert all(step.source is not None for step in trace.steps)
    assert not any(step.op in ("permute", "transpose") for step in trace.steps)
    assert (float(trace["input"].output.max()) > 1.0) == (name in BYTES)
    rng = random.Random(0)
    for step in rng.sample(trace.steps, PLACES):
        sums.expect_true(step, sums.five_places(step)[-2:])
    trace.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 25 << 20


def test_its_layers_have_kerass_names() -> None:
    trace = _explained("MobileNetV2")
    assert trace["Conv1"].kind == "convolution"
    assert trace["block_1_expand_BN"].kind == "normalization"
    assert trace["block_2_add"].kind == "joining"
    assert [step.name for step in trace.steps][-3:-1] == ["predictions.bias_add", "predictions.softmax"]
