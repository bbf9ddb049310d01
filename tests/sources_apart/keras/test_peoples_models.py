"""Keras models as people write them: recorded on the user's own lines, by their layers' names, equal to Keras."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import backs
import sums
from fivebyfive import explain
from fivebyfive.explain.trace import Trace

Pixels = npt.NDArray[np.uint8]
PEOPLE = Path(__file__).parents[2] / "people" / "keras"
SPECS = (
    "mnist_convnet.py:model", "toy_resnet.py:make_model", "subclassed.py:MyModel", "nested.py:model",
    "mlp_add.py:model", "shared_loop.py:build_model", "lenet_digits.py:model",
)  # fmt: skip


@pytest.fixture(scope="module", params=SPECS)
def trace(request: pytest.FixtureRequest, picture: Pixels) -> Trace:
    return _explained(request.param, picture)


def _explained(spec: str, picture: Pixels) -> Trace:
    return explain(f"{PEOPLE / spec}", picture)


def _line(trace: Trace, name: str) -> str:
    source = trace[name].source
    assert source is not None
    return source.code


def test_the_values_are_kerass_own(trace: Trace) -> None:
    assert trace.agreement is not None
    assert trace.agreement.compared
    assert trace.agreement.worst <= 1e-5
    assert "Keras" in trace.agreement.framework


def test_every_step_stands_on_a_line_of_the_users_file(trace: Trace) -> None:
    inner = [step for step in trace.steps if step.kind not in ("input", "output")]
    assert all(step.source is not None and PEOPLE.name in step.source.file for step in inner)
    assert all("site-packages" not in file for file in trace.source_files)


def test_pictures_keep_rows_columns_and_channels(trace: Trace) -> None:
    assert all(step.layout == "NHWC" for step in trace.steps if len(step.output_shape) == 4)


def test_every_sum_is_the_value(trace: Trace) -> None:
    for step in trace.steps:
        sums.expect_true(step, sums.five_places(step))


@pytest.mark.parametrize("spec", SPECS)
def test_every_gradient_has_its_sum(spec: str, picture: Pixels) -> None:
    assert backs.expect_back(explain(f"{PEOPLE / spec}", picture, label=3), places=3) > 10


def test_the_page_is_finished(trace: Trace, tmp_path: Path) -> None:
    trace.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 20 << 20


def test_a_sequential_model_has_a_line_for_each_layer(picture: Pixels) -> None:
    trace = _explained("mnist_convnet.py:model", picture)
    names = [step.name for step in trace.steps]
    assert names == [
        "input", "conv2d.conv2d", "conv2d.bias_add", "conv2d.relu", "max_pooling2d", "conv2d_1.conv2d",
        "conv2d_1.bias_add", "conv2d_1.relu", "max_pooling2d_1", "flatten", "dense.matmul", "dense.bias_add",
        "dense.softmax", "output",
    ]  # fmt: skip
    assert _line(trace, "conv2d") == 'layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),'
    assert _line(trace, "conv2d_1") == 'layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),'
    assert _line(trace, "input") == "keras.Input(shape=input_shape),"
    assert trace.parameter_count == 34_826
    assert trace["conv2d.conv2d"].kind == "convolution"


def test_a_functional_model_stands_where_its_layers_were_called_wrappers_included(picture: Pixels) -> None:
    trace = _explained("toy_resnet.py:make_model", picture)
    assert _line(trace, "stem") == 'x = conv_block(x, 16, name="stem")'
    wrapper = trace["stem"].wrapper
    assert wrapper is not None
    assert wrapper.code.startswith("x = layers.Conv2D(filters, 3")
    assert _line(trace, "logits.matmul") == 'outputs = layers.Dense(num_classes, name="logits")(x)'
    assert _line(trace, "x.add") == "x = residual_block(x, filters)"
    assert trace["x.add"].chain[-1].code == "x = x + shortcut"
    assert _line(trace, "input") == 'inputs = keras.Input(shape=input_shape, name="img")'
    assert _line(trace, "output") == 'return keras.Model(inputs, outputs, name="toy_resnet")'


def test_a_model_that_brings_bytes_down_gets_bytes(picture: Pixels) -> None:
    trace = _explained("toy_resnet.py:make_model", picture)
    assert 200 < float(trace["input"].output.max()) <= 255
    assert float(trace["batch_normalization"].origins[0].origins[0].output.max()) <= 1.0


def test_a_class_of_ones_own_is_called_by_its_attributes_on_the_lines_of_its_call(picture: Pixels) -> None:
    trace = _explained("subclassed.py:MyModel", picture)
    assert _line(trace, "blocks_0.conv") == "x = self.conv(x)"
    assert [line.code for line in trace["blocks_1.conv"].chain] == [
        "x = self.pool(block(x, training=training))",
        "x = self.conv(x)",
    ]
    definition = trace["d1.matmul"].definition
    assert definition is not None
    assert definition.code == 'self.d1 = layers.Dense(64, activation="relu")'
    assert any("had no weights yet" in note for note in trace.notes)


def test_models_in_models_have_paths(picture: Pixels) -> None:
    trace = _explained("nested.py:model", picture)
    assert (
        _line(trace, "encoder.conv.conv2d") == 'x = layers.Conv2D(16, 3, activation="relu", name="conv")(encoder_input)'
    )
    assert trace["encoder.conv.conv2d"].chain[0].code == "features = encoder(x)"


def test_lists_of_pixels_and_pictures_without_channels(picture: Pixels) -> None:
    trace = _explained("mlp_add.py:model", picture)
    assert trace["input"].output.shape == (1, 784)
    assert _line(trace, "dense.softmax") == "model.add(Dense("
    assert _line(trace, "fc1.matmul") == 'model.add(Dense(128, name="fc1"))'
    assert _explained("lenet_digits.py:model", picture)["input"].output.shape == (1, 28, 28)


def test_a_layer_that_is_called_again_is_one_layer(picture: Pixels) -> None:
    trace = _explained("shared_loop.py:build_model", picture)
    assert [step.name for step in trace.steps if step.name.startswith("depthwise_conv2d.conv")] == [
        "depthwise_conv2d.conv2d", "depthwise_conv2d.conv2d#2", "depthwise_conv2d.conv2d#3",
    ]  # fmt: skip
    assert _line(trace, "depthwise_conv2d") == "y = layer(y)"
    assert [step.parameters for step in trace.steps if step.name.startswith("depthwise_conv2d.conv")] == [
        108, 0, 0,
    ]  # fmt: skip
