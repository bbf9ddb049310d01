"""Keras's own files: read without running anything, and listed as code where there is none."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt
import pytest
from keras import layers

from fivebyfive import explain
from fivebyfive.errors import InputError

Pixels = npt.NDArray[np.uint8]
PEOPLE = Path(__file__).parents[2] / "people" / "keras"


def _branching() -> Any:
    inputs = keras.Input((28, 28, 1))
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = layers.Conv2D(8, (5, 5), strides=(2, 2), padding="same", activation="relu", name="conv1")(x)
    y = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Add()([x, y])
    x = keras.ops.relu(x * 2.0)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(10, "softmax", kernel_regularizer="l2", kernel_initializer="he_normal")(x)
    return keras.Model(inputs, outputs)


LISTING = """\
inputs = keras.Input((28, 28, 1))
x = layers.Rescaling(1 / 255)(inputs)
conv1 = layers.Conv2D(8, 5, strides=2, padding="same", activation="relu", name="conv1")(x)
x = layers.BatchNormalization(momentum=0.9)(conv1)
x = layers.Add()([conv1, x])
x = ops.multiply(x, 2.0)
x = ops.relu(x)
x = layers.MaxPooling2D()(x)
x = layers.Flatten()(x)
outputs = layers.Dense(10, activation="softmax", kernel_initializer="he_normal", kernel_regularizer="l2")(x)
model = keras.Model(inputs, outputs)
"""


def test_a_file_without_code_shows_its_configuration_as_code(tmp_path: Path, picture: Pixels) -> None:
    _branching().save(tmp_path / "branching.keras")
    trace = explain(tmp_path / "branching.keras", picture)
    assert trace.source_files == {"branching.keras": LISTING}
    lines = LISTING.splitlines()
    sources = {step.name: step.source.code for step in trace.steps if step.source}
    assert sources["input"] == lines[0]
    assert sources["conv1.conv2d"] == lines[2]
    assert sources["output"] == lines[-1]
    assert all(step.source is not None for step in trace.steps)
    assert trace.network == "branching.keras"
    assert float(trace["input"].output.max()) > 200


@pytest.mark.parametrize("name", ["small.keras", "small.h5"])
def test_what_is_read_answers_as_keras_does(tmp_path: Path, picture: Pixels, name: str) -> None:
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(10)]
    )
    model.save(tmp_path / name)
    trace = explain(tmp_path / name, picture)
    theirs = keras.ops.convert_to_numpy(model(trace["input"].output.numpy(), training=False))
    np.testing.assert_allclose(trace["output"].output.numpy(), theirs, rtol=1e-5, atol=1e-6)
    assert trace.agreement is not None
    assert trace.agreement.worst <= 1e-5
    assert [line.code for line in (step.source for step in trace.steps) if line][1] == (
        'layers.Conv2D(4, 3, activation="relu"),'
    )


def test_weights_alone_need_the_code(tmp_path: Path, picture: Pixels) -> None:
    model = keras.Sequential([keras.Input((784,)), layers.Dense(128, name="fc1"), layers.Dense(10)])
    model.save_weights(tmp_path / "some.weights.h5")
    with pytest.raises(InputError, match=r"holds weights alone, no network; give the code .* FILE.py:NAME --model"):
        explain(tmp_path / "some.weights.h5", picture)


def test_weights_are_put_into_the_users_own_model(tmp_path: Path, picture: Pixels) -> None:
    from fivebyfive.explain.sources import named

    source = tmp_path / "net.py"
    shutil.copy(PEOPLE / "shared_loop.py", source)
    namespace: dict[str, Any] = {}
    exec(compile(source.read_text(), str(source), "exec"), namespace)
    model = namespace["build_model"]()
    model.save_weights(tmp_path / "net.weights.h5")
    trace = explain(named(f"{source}:build_model", tmp_path / "net.weights.h5"), picture)
    theirs = keras.ops.convert_to_numpy(model(trace["input"].output.numpy(), training=False))
    np.testing.assert_allclose(trace["output"].output.numpy(), theirs, rtol=1e-4, atol=1e-5)
    with pytest.raises(InputError, match="does not fit"):
        named(f"{PEOPLE / 'toy_resnet.py'}:make_model", tmp_path / "net.weights.h5")


def test_a_file_of_keras_2_is_read_as_h5(tmp_path: Path, picture: Pixels) -> None:
    weights = np.random.default_rng(0).normal(size=(784, 10)).astype(np.float32)
    made_by = {"class_name": "GlorotUniform", "config": {"seed": None}}
    dense = {"name": "dense", "trainable": True, "dtype": "float32", "units": 10, "activation": "linear"}
    dense |= {"use_bias": False, "kernel_initializer": made_by}
    given = {"batch_input_shape": [None, 784], "dtype": "float32", "sparse": False, "ragged": False, "name": "given"}
    inner = [{"class_name": "InputLayer", "config": given}, {"class_name": "Dense", "config": dense}]
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["keras_version"] = "2.12.0"
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential", "config": {"name": "sequential", "layers": inner}}
        )
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"dense"]
        layer = group.create_group("dense")
        layer.attrs["weight_names"] = [b"dense/kernel:0"]
        layer["dense/kernel:0"] = weights
    trace = explain(tmp_path / "old.h5", picture)
    np.testing.assert_allclose(
        trace["output"].output.numpy(), trace["input"].output.numpy() @ weights, rtol=1e-4, atol=1e-4
    )
    assert "layers.Dense(10, use_bias=False)," in trace.source_files["old.h5"]


def test_an_archive_of_keras_2_says_what_to_do(tmp_path: Path, picture: Pixels) -> None:
    with zipfile.ZipFile(tmp_path / "old.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", b"")
    with pytest.raises(InputError, match=r"was written by Keras 2.15.0, .* save it there as .h5, which is read"):
        explain(tmp_path / "old.keras", picture)


def test_models_within_are_listed_first(tmp_path: Path, picture: Pixels) -> None:
    inner = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(2, 3, name="conv")], name="block")
    inputs = keras.Input((28, 28, 1))
    model = keras.Model(inputs, layers.Flatten()(inner(inputs)))
    model.save(tmp_path / "nested.keras")
    trace = explain(tmp_path / "nested.keras", picture)
    text = trace.source_files["nested.keras"]
    assert text.startswith("block = keras.Sequential([\n")
    assert "x = block(inputs)" in text
    source = trace["block.conv.conv2d"].source
    assert source is not None
    assert source.code == 'layers.Conv2D(2, 3, name="conv"),'
