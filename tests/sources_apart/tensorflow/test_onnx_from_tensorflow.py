"""TensorFlow's and Keras's networks as tf2onnx converts them: explained as ONNX models, with the same values."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf2onnx

from fivebyfive import explain
from onnx_zoo import expect_explained


def convolutional() -> Any:
    """The usual one, with padding on one side alone."""
    return keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        keras.layers.BatchNormalization(), keras.layers.MaxPooling2D(), keras.layers.Flatten(),
        keras.layers.Dense(16, activation="relu"), keras.layers.Dropout(0.5),
        keras.layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def residual() -> Any:
    """Branches that are added, depthwise and transposed convolutions, means."""
    given = keras.Input((28, 28, 1))
    x = keras.layers.Conv2D(4, 3, padding="same")(given)
    y = keras.layers.SeparableConv2D(4, 3, padding="same", activation="elu")(x)
    x = keras.layers.add([x, y])
    x = keras.layers.Conv2DTranspose(4, 3, strides=2, padding="same")(x)
    x = keras.layers.AveragePooling2D(3, strides=2, padding="same")(x)
    x = keras.layers.ZeroPadding2D(1)(keras.layers.UpSampling2D(2)(x))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.LayerNormalization()(x))
    return keras.Model(given, keras.layers.Dense(10)(x))


def perceptron() -> Any:
    """Pictures without channels, as a list."""
    return keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(32, "tanh"), keras.layers.Dense(10)]
    )


def rows() -> Any:
    """A picture read row by row."""
    return keras.Sequential([keras.Input((28, 28)), keras.layers.GRU(8, unroll=True), keras.layers.Dense(10)])


@pytest.mark.parametrize("opset", [13, 18])
@pytest.mark.parametrize("make", [convolutional, residual, perceptron, rows])
def test_a_converted_network_is_explained(make: Any, opset: int) -> None:
    keras.utils.set_random_seed(0)
    network = make()
    shape = [None, *network.input_shape[1:]]
    signature = [tf.TensorSpec(shape, tf.float32, name="image")]
    function = tf.function(lambda x: network(x, training=False), input_signature=signature)
    converted, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=opset)
    picture = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    trace = explain(converted, picture)
    expect_explained(trace)
    given = trace["input"].output.numpy()
    expected = np.asarray(function(given))
    np.testing.assert_allclose(trace.steps[-1].output.numpy(), expected, rtol=1e-3, atol=1e-4)
    assert not [step.name for step in trace.steps if "/" in step.name or "PartitionedCall" in step.name]
