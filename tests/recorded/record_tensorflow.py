"""TensorFlow's own results for a few hundred calls, recorded so that `fivebyfive.ops` can be held to them anywhere.

Writes ``tensorflow.json`` (the calls, and the calls that TensorFlow refuses) and ``tensorflow.npz`` (what they gave,
with gradients) beside this file. Inputs are not kept: `values` makes the same ones again from a case's seed.

Run it again, in an environment of its own::

    python3 -m venv /tmp/tensorflow && /tmp/tensorflow/bin/pip install tensorflow-cpu
    /tmp/tensorflow/bin/python tests/recorded/record_tensorflow.py
"""

import itertools
import json
import math
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
Array = npt.NDArray[np.float32]
Case = dict[str, Any]


def values(seed: int, shape: list[int], levels: int = 1 << 24) -> Array:
    """Values in [-1, 1), `levels` different ones, exact in float32 and the same on every machine.

    They come from Philox's raw bits, whose stream NumPy promises to keep; few levels make ties, as pooling meets them.
    """
    bits = np.random.Philox(seed).random_raw(math.prod(shape)) >> np.uint64(40)
    steps = bits // np.uint64((1 << 24) // levels)
    return (steps.astype(np.float64) * 2.0 / levels - 1.0).astype(np.float32).reshape(shape)


def inputs(case: Case) -> dict[str, Array]:
    """A case's tensors by argument name, from its seed."""
    return {
        name: values(100 * case["seed"] + i, shape, case.get("levels", 1 << 24))
        for i, (name, shape) in enumerate(case["shapes"].items())
    }


def upstream(case: Case, shape: list[int]) -> Array:
    """What the output's gradient is taken against: Σ output · upstream."""
    return values(100 * case["seed"] + 99, shape)


# --- the cases ------------------------------------------------------------------------------------------------------


def conv2d_cases(draw: random.Random) -> list[Case]:
    cases = []
    kernels = [(k, k) for k in range(1, 8)] + [(1, 5), (2, 3), (3, 2), (4, 7), (6, 1), (7, 4), (5, 2)]
    for (kh, kw), stride, padding in itertools.product(kernels, (1, 2, 3), ("SAME", "VALID", "EXPLICIT")):
        for _ in range(2 if padding == "SAME" else 1):
            least = (kh, kw) if padding == "VALID" else (1, 1)
            height, width = draw.randint(least[0], least[0] + 6), draw.randint(least[1], least[1] + 6)
            sides = padding if padding != "EXPLICIT" else explicit(draw, (height, width), (kh, kw))
            channels, out = draw.randint(1, 3), draw.randint(1, 3)
            shapes = {"x": [draw.randint(1, 2), height, width, channels], "W": [kh, kw, channels, out]}
            strides = [1, stride, stride if draw.random() < 0.7 else draw.randint(1, 3), 1]
            cases.append({"op": "conv2d", "shapes": shapes, "strides": strides, "padding": sides})
    return cases


def max_pool_cases(draw: random.Random) -> list[Case]:
    cases = []
    windows = [(k, k) for k in range(1, 6)] + [(1, 3), (2, 3), (4, 1), (3, 2)]
    for (kh, kw), padding, levels in itertools.product(windows, ("SAME", "VALID", "EXPLICIT"), (8, 1 << 24)):
        for _ in range(2):
            least = (kh, kw) if padding == "VALID" else (1, 1)
            height, width = draw.randint(least[0], least[0] + 7), draw.randint(least[1], least[1] + 7)
            # A window that lies in the padding alone has no largest value, so sides stay smaller than the window.
            sides = padding if padding != "EXPLICIT" else explicit(draw, (height, width), (kh, kw))
            shapes = {"x": [draw.randint(1, 2), height, width, draw.randint(1, 3)]}
            strides = [1, draw.randint(1, 3), draw.randint(1, 3), 1]
            arguments = {"ksize": [1, kh, kw, 1], "strides": strides, "padding": sides, "levels": levels}
            cases.append({"op": "max_pool", "shapes": shapes, **arguments})
    return cases


def explicit(draw: random.Random, size: tuple[int, int], window: tuple[int, int]) -> list[list[int]]:
    """Sides smaller than the window, and enough of them for it to fit."""
    sides = []
    for n, k in zip(size, window, strict=True):
        before = draw.randint(0, k - 1)
        sides.append([before, draw.randint(max(0, min(k - 1, k - n - before)), k - 1)])
    return [[0, 0], *sides, [0, 0]]


def other_cases(draw: random.Random) -> list[Case]:
    def size() -> int:
        return draw.randint(1, 6)

    cases: list[Case] = []
    for rank in (2, 3, 4, 5):
        for _ in range(3):
            shape = [draw.randint(1, 4) for _ in range(rank)]
            cases.append({"op": "bias_add", "shapes": {"x": shape, "b": shape[-1:]}})
            cases.append({"op": "relu", "shapes": {"x": shape}, "levels": 8})  # one in eight is 0
    for batch_a, batch_b in (([], []), ([], []), ([], []), ([3], [3]), ([2, 3], [2, 3]), ([2, 1], [1, 3]), ([], [4])):
        n, k, m = size(), size(), size()
        cases.append({"op": "matmul", "shapes": {"a": [*batch_a, n, k], "b": [*batch_b, k, m]}})
    for a, b in (([4, 3], [3]), ([2, 3], [2, 3]), ([2, 1, 3], [4, 1]), ([5], [2, 1, 5]), ([3, 4], [1])):
        cases.append({"op": "add", "shapes": {"a": a, "b": b}})
    for before, shape in (
        ([3, 784], [-1, 28, 28, 1]),
        ([2, 3, 4, 5], [-1, 60]),
        ([2, 3, 4], [4, -1, 2]),
        ([6], [3, 2]),
        ([1, 1, 1], []),
        ([0, 12], [-1, 3, 4]),
    ):
        cases.append({"op": "reshape", "shapes": {"x": before}, "shape": shape})
    for shape in ([1, 10], [7, 10], [4, 2], [5, 1], [2, 3, 4], [6]):
        for scale in (1, 50):
            cases.append(
                {
                    "op": "softmax_cross_entropy_with_logits",
                    "shapes": {"logits": shape, "labels": shape},
                    "scale": scale,
                }
            )
    for keep_prob in (1.0, 0.75, 0.5, 0.1):
        cases.append({"op": "dropout", "shapes": {"x": [20, 50]}, "keep_prob": keep_prob})
    return cases


def refused_cases() -> list[Case]:
    """Calls that TensorFlow does not take either."""
    conv = {"op": "conv2d", "strides": [1, 1, 1, 1], "padding": "SAME"}
    pool = {"op": "max_pool", "ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}
    x, W = [1, 5, 5, 2], [3, 3, 2, 4]
    return [
        {**conv, "shapes": {"x": [5, 5, 2, 1, 1, 1], "W": W}},
        {**conv, "shapes": {"x": x, "W": [3, 3, 2]}},
        {**conv, "shapes": {"x": x, "W": [3, 3, 3, 4]}},
        {**conv, "shapes": {"x": x, "W": [7, 3, 2, 4]}, "padding": "VALID"},
        {**conv, "shapes": {"x": x, "W": W}, "padding": "same"},
        {**conv, "shapes": {"x": x, "W": W}, "padding": [[0, 0], [1, 1], [0, 0]]},
        {**conv, "shapes": {"x": x, "W": W}, "padding": [[0, 0], [1, -1], [0, 0], [0, 0]]},
        {**conv, "shapes": {"x": x, "W": W}, "strides": [1, 0, 0, 1]},
        {**conv, "shapes": {"x": x, "W": W}, "strides": [2, 1, 1, 1]},
        {**conv, "shapes": {"x": x, "W": W}, "strides": [1, 1, 1, 2]},
        {**pool, "shapes": {"x": [5, 5, 2]}},
        {**pool, "shapes": {"x": x}, "ksize": [1, 0, 2, 1]},
        {**pool, "shapes": {"x": x}, "ksize": [1, 9, 2, 1], "padding": "VALID"},
        {**pool, "shapes": {"x": x}, "strides": [1, 2, 0, 1]},
        {"op": "bias_add", "shapes": {"x": x, "b": [3]}},
        {"op": "bias_add", "shapes": {"x": x, "b": [1, 2]}},
        {"op": "bias_add", "shapes": {"x": [2], "b": [2]}},
        {"op": "matmul", "shapes": {"a": [2, 3], "b": [4, 2]}},
        {"op": "matmul", "shapes": {"a": [3], "b": [3, 2]}},
        {"op": "matmul", "shapes": {"a": [2, 2, 3], "b": [3, 3, 2]}},
        {"op": "add", "shapes": {"a": [2, 3], "b": [4]}},
        {"op": "reshape", "shapes": {"x": [2, 6]}, "shape": [5, -1]},
        {"op": "reshape", "shapes": {"x": [2, 6]}, "shape": [-1, -1]},
        {"op": "reshape", "shapes": {"x": [2, 6]}, "shape": [3, 3]},
        {"op": "reshape", "shapes": {"x": [2, 6]}, "shape": [-2, 6]},
        {"op": "dropout", "shapes": {"x": [8]}, "keep_prob": 0.0},
        {"op": "dropout", "shapes": {"x": [8]}, "keep_prob": -0.5},
        {"op": "dropout", "shapes": {"x": [8]}, "keep_prob": 1.5},
        {"op": "softmax_cross_entropy_with_logits", "shapes": {"logits": [3, 4], "labels": [3, 5]}},
        {"op": "softmax_cross_entropy_with_logits", "shapes": {"logits": [3, 4], "labels": [2, 4]}},
    ]


# --- recording ------------------------------------------------------------------------------------------------------


def tensorflow_call(case: Case, tensors: dict[str, Any]) -> Any:
    """`case` as TensorFlow's own call."""
    import tensorflow as tf

    nn, t = tf.nn, tensors
    match case["op"]:
        case "conv2d":
            return nn.conv2d(t["x"], t["W"], case["strides"], case["padding"])
        case "max_pool":
            return nn.max_pool2d(t["x"], case["ksize"], case["strides"], case["padding"])
        case "bias_add":
            return nn.bias_add(t["x"], t["b"])
        case "relu":
            return nn.relu(t["x"])
        case "matmul":
            return tf.matmul(t["a"], t["b"])
        case "add":
            return tf.add(t["a"], t["b"])
        case "reshape":
            return tf.reshape(t["x"], case["shape"])
        case "dropout":
            return tf.compat.v1.nn.dropout(t["x"], keep_prob=case["keep_prob"], seed=case["seed"])
        case "softmax_cross_entropy_with_logits":
            # Its gradient is right for labels that are a distribution, which is what its documentation asks for.
            labels = tf.abs(t["labels"]) / tf.reduce_sum(tf.abs(t["labels"]), -1, keepdims=True)
            return nn.softmax_cross_entropy_with_logits(labels=labels, logits=t["logits"] * case.get("scale", 1))
    raise ValueError(case["op"])


def record(case: Case) -> dict[str, Array]:
    """The output, and the gradient of each input."""
    import tensorflow as tf

    tensors = {name: tf.constant(value) for name, value in inputs(case).items()}
    with tf.GradientTape() as tape:
        tape.watch(list(tensors.values()))
        output = tensorflow_call(case, tensors)
        loss = tf.reduce_sum(output * upstream(case, output.shape.as_list()))
    gradients = tape.gradient(loss, tensors)
    return {"output": output.numpy(), **{f"d{name}": gradient.numpy() for name, gradient in gradients.items()}}


def refusal(case: Case) -> str | None:
    """The kind of error that TensorFlow raises for `case`, or None when it takes it."""
    import tensorflow as tf

    try:
        tensorflow_call(case, {name: tf.constant(value) for name, value in inputs(case).items()})
    except (ValueError, tf.errors.OpError) as error:
        return type(error).__name__
    return None


def main() -> None:
    # TensorFlow's own kernels: its oneDNN convolution (2.21) leaves memory unwritten when the two strides differ.
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    import tensorflow as tf

    tf.random.set_seed(0)  # for dropout
    draw = random.Random(0)
    cases = conv2d_cases(draw) + max_pool_cases(draw) + other_cases(draw)
    refused = refused_cases()
    for seed, case in enumerate(cases + refused):
        case["seed"] = seed
    recorded = {f"{c['seed']}.{name}": a for c in cases for name, a in record(c).items()}
    for case in refused:
        case["refused"] = refusal(case)
    if taken := [case for case in refused if case["refused"] is None]:
        raise SystemExit(f"TensorFlow takes these calls after all: {taken}")
    np.savez_compressed(HERE / "tensorflow.npz", **recorded)  # type: ignore[arg-type]
    lines = ",\n".join(json.dumps(case) for case in cases + refused)
    (HERE / "tensorflow.json").write_text(f'{{"tensorflow": "{tf.__version__}", "cases": [\n{lines}\n]}}\n')
    print(f"{len(cases)} calls and {len(refused)} refusals of TensorFlow {tf.__version__} recorded")


if __name__ == "__main__":
    main()
