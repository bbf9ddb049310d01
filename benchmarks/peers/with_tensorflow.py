"""The post's network as TensorFlow's own quickstart for experts writes it: Keras layers, GradientTape, tf.function."""

# Written for an environment whose packages are not here.
# mypy: ignore-errors

import sys

import numpy as np
import tensorflow as tf
from answering import answer
from tensorflow import keras

mode, data, batch = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3])
pixels, labels = data["pixels"].reshape(-1, 28, 28, 1), data["labels"]
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 5, padding="same", activation="relu"),
        keras.layers.MaxPool2D(2, padding="same"),
        keras.layers.Conv2D(64, 5, padding="same", activation="relu"),
        keras.layers.MaxPool2D(2, padding="same"),
        keras.layers.Flatten(),
        keras.layers.Dense(1024, activation="relu"),
        keras.layers.Dropout(0.25),
        keras.layers.Dense(10),
    ]
)
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(0.001)


@tf.function
def train_step(images, y):
    x = tf.cast(images, tf.float32) / 255.0
    with tf.GradientTape() as tape:
        loss = loss_of(y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return loss


@tf.function
def infer_step(images):
    return tf.argmax(model(tf.cast(images, tf.float32) / 255.0, training=False), 1)


batches = tf.data.Dataset.from_tensor_slices((pixels, labels)).shuffle(10_000).repeat().batch(batch).prefetch(2)
endless = iter(batches)


def train(steps):
    for _ in range(steps):
        loss = train_step(*next(endless))
    loss.numpy()


def infer(steps):
    for step in range(steps):
        first = step * batch % (len(pixels) - batch)
        infer_step(tf.constant(pixels[first : first + batch])).numpy()


answer(train if mode == "train" else infer)
