"""The post's network in JAX as its documentation writes one: pure functions, jit, value_and_grad, optax's Adam."""

# Written for an environment whose packages are not here.
# mypy: ignore-errors

import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
from answering import answer

mode, data, batch = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3])
pixels, labels = data["pixels"].reshape(-1, 28, 28, 1), data["labels"]

normal = jax.nn.initializers.he_normal()
keys = jax.random.split(jax.random.key(0), 5)
parameters = {
    "conv1": (normal(keys[0], (5, 5, 1, 32)), jnp.zeros(32)),
    "conv2": (normal(keys[1], (5, 5, 32, 64)), jnp.zeros(64)),
    "hidden": (normal(keys[2], (3136, 1024)), jnp.zeros(1024)),
    "out": (normal(keys[3], (1024, 10)), jnp.zeros(10)),
}
optimizer = optax.adam(0.001)
state = optimizer.init(parameters)


def logits_of(parameters, images, key=None):
    x = images.astype(jnp.float32) / 255.0
    for name in ("conv1", "conv2"):
        weight, bias = parameters[name]
        x = jax.lax.conv_general_dilated(x, weight, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = jax.nn.relu(x + bias)
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME")
    weight, bias = parameters["hidden"]
    x = jax.nn.relu(x.reshape(len(x), -1) @ weight + bias)
    if key is not None:
        x = jnp.where(jax.random.bernoulli(key, 0.75, x.shape), x / 0.75, 0.0)
    weight, bias = parameters["out"]
    return x @ weight + bias


def loss_of(parameters, images, y, key):
    return optax.softmax_cross_entropy_with_integer_labels(logits_of(parameters, images, key), y).mean()


@jax.jit
def train_step(parameters, state, images, y, key):
    key, now = jax.random.split(key)
    loss, gradients = jax.value_and_grad(loss_of)(parameters, images, y, now)
    updates, state = optimizer.update(gradients, state)
    return optax.apply_updates(parameters, updates), state, key, loss


@jax.jit
def infer_step(parameters, images):
    return logits_of(parameters, images).argmax(1)


key = keys[4]


def train(steps):
    global parameters, state, key
    for step in range(steps):
        first = step * batch % (len(pixels) - batch)
        chosen = slice(first, first + batch)
        parameters, state, key, loss = train_step(parameters, state, pixels[chosen], labels[chosen], key)
    loss.block_until_ready()


def infer(steps):
    for step in range(steps):
        first = step * batch % (len(pixels) - batch)
        infer_step(parameters, pixels[first : first + batch]).block_until_ready()


answer(train if mode == "train" else infer)
