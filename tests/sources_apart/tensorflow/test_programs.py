"""TensorFlow 1 programs run as they are, and every step is explained on the line of the program that made it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backs import expect_back
from fivebyfive import datasets, explain
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import Trace
from sums import expect_true, five_places

CONV_NET = [
    ("x.reshape", "x = tf.reshape(x, shape=[-1, 28, 28, 1])"),
    ("conv1.conv2d", "conv1 = conv2d(x, weights['wc1'], biases['bc1'])"),
    ("conv1.bias_add", "conv1 = conv2d(x, weights['wc1'], biases['bc1'])"),
    ("conv1.relu", "conv1 = conv2d(x, weights['wc1'], biases['bc1'])"),
    ("conv1.max_pool", "conv1 = maxpool2d(conv1, k=2)"),
    ("conv2.conv2d", "conv2 = conv2d(conv1, weights['wc2'], biases['bc2'])"),
    ("conv2.bias_add", "conv2 = conv2d(conv1, weights['wc2'], biases['bc2'])"),
    ("conv2.relu", "conv2 = conv2d(conv1, weights['wc2'], biases['bc2'])"),
    ("conv2.max_pool", "conv2 = maxpool2d(conv2, k=2)"),
    ("fc1.reshape", "fc1 = tf.reshape(conv2, [-1, weights['wd1'].get_shape().as_list()[0]])"),
    ("fc1.matmul", "fc1 = tf.add(tf.matmul(fc1, weights['wd1']), biases['bd1'])"),
    ("fc1.add", "fc1 = tf.add(tf.matmul(fc1, weights['wd1']), biases['bd1'])"),
    ("fc1.relu", "fc1 = tf.nn.relu(fc1)"),
    ("fc1.dropout", "fc1 = tf.nn.dropout(fc1, dropout)"),
    ("out.matmul", "out = tf.add(tf.matmul(fc1, weights['out']), biases['out'])"),
    ("out.add", "out = tf.add(tf.matmul(fc1, weights['out']), biases['out'])"),
]


def _picture() -> Any:
    return datasets.load("mnist").test.pixels[0]


def _expect_proven(trace: Trace) -> None:
    """Every value is TensorFlow's, and every sum is true."""
    found = trace.agreement
    assert found is not None
    assert found.framework.startswith("TensorFlow 2.")
    assert found.compared == found.values > 5
    assert found.worst < 1e-5
    assert all(step.source for step in trace.steps)
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)


def test_the_posts_program_is_explained_line_by_line(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trace = explain("convolutional_network.py", _picture())
    assert [(step.name, step.source and step.source.code) for step in trace.steps[1:-1]] == CONV_NET
    assert trace.parameter_count == 3_274_634
    assert trace.macs == 13_922_570
    _expect_proven(trace)
    said = capfd.readouterr().out
    assert "Iter 1280, Minibatch Loss=" in said
    assert "Optimization Finished!" in said
    assert trace.source_files == {
        str(folder / "convolutional_network.py"): Path("convolutional_network.py").read_text()
    }


@pytest.mark.usefixtures("folder")
def test_the_posts_program_has_its_way_back() -> None:
    trace = explain("convolutional_network.py", _picture(), label=4)
    assert expect_back(trace, places=3) > 50
    assert trace.parameters["weights.wc2"].gradient is not None


def test_a_wrapper_is_a_chain_of_lines() -> None:
    step = explain("convolutional_network.py", _picture())["conv1.conv2d"]
    assert [line.code for line in step.chain] == [
        "pred = conv_net(x, weights, biases, keep_prob)",
        "conv1 = conv2d(x, weights['wc1'], biases['bc1'])",
        "x = tf.nn.conv2d(x, W, strides=[1, strides, strides, 1], padding='SAME')",
    ]
    assert step.wrapper is not None
    assert step.wrapper.function == "conv2d"
    assert (step.layout, step.kind, step.attributes["padding_name"]) == ("NHWC", "convolution", "SAME")


def test_a_second_call_explains_at_once_and_a_changed_program_runs_again(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = explain("convolutional_network.py", _picture())
    assert any("is kept in runs/convolutional_network-1" in note for note in first.notes)
    capfd.readouterr()
    second = explain("convolutional_network.py", _picture())
    assert capfd.readouterr().out == ""
    assert any("was kept in runs/convolutional_network-1; delete that folder" in note for note in second.notes)
    assert [s.name for s in second.steps] == [s.name for s in first.steps]
    assert [s.chain for s in second.steps] == [s.chain for s in first.steps]
    assert all(np.array_equal(a.output, b.output) for a, b in zip(first.steps, second.steps, strict=True))
    _expect_proven(second)
    program = folder / "convolutional_network.py"
    program.write_text(program.read_text().replace("training_iters = 2560", "training_iters = 512"))
    third = explain("convolutional_network.py", _picture())
    assert "Optimization Finished!" in capfd.readouterr().out
    assert any("is kept in runs/convolutional_network-2" in note for note in third.notes)


def test_the_multilayer_perceptron_of_the_post_before() -> None:
    trace = explain("multilayer_perceptron.py", _picture())
    assert [step.name for step in trace.steps[1:-1]] == [
        "layer_1.matmul", "layer_1.add", "layer_1.relu", "layer_2.matmul", "layer_2.add", "layer_2.relu",
        "out_layer.matmul", "out_layer.add",
    ]  # fmt: skip
    assert trace.steps[0].source is not None
    assert trace.steps[0].source.code == "def multilayer_perceptron(x, weights, biases):"
    assert trace["layer_1.matmul"].kind == "fully connected"
    _expect_proven(trace)


@pytest.mark.parametrize(
    ("program", "steps", "first"),
    [
        ("interactive_session.py", 18, "x = tf.placeholder(tf.float32, shape=[None, 784], name='x')"),
        ("name_scopes.py", 11, "def inference(images, phase_train):"),
    ],
)
def test_other_peoples_styles(program: str, steps: int, first: str) -> None:
    trace = explain(program, _picture())
    assert len(trace.steps) == steps
    assert trace.steps[0].source is not None
    assert trace.steps[0].source.code == first
    _expect_proven(trace)


def test_todays_program_is_explained_by_what_it_leaves(folder: Path) -> None:
    (folder / "today.py").write_text(
        "# AutoGraph takes functions of the same text at the same lines for one, whatever their file.\n"
        + (folder / "module_v2.py").read_text().partition("@tf.function\ndef function")[0]
        + "\nprint('made', model.name)\n"
    )
    trace = explain("today.py", _picture())
    assert trace["x.conv2d"].source is not None
    assert trace["x.conv2d"].source.code == "x = tf.nn.conv2d(x, self.kernel, strides=2, padding='SAME')"
    with pytest.raises(InputError, match=r"module_v2.py has several networks: model, function; name one"):
        explain("module_v2.py", _picture())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("tf.layers.conv2d(x, 3, 5)", "line 3: tf.layers.conv2d is no more in TensorFlow 2; use tf.keras.layers"),
        ("tf.contrib.layers.flatten(x)", "line 3: tf.contrib.layers.flatten is no more in TensorFlow 2"),
        ("import tensorflow.contrib.slim", "line 3: tensorflow.contrib is no more in TensorFlow 2"),
    ],
)
def test_what_tensorflow_has_dropped_is_one_sentence_with_its_line(folder: Path, line: str, says: str) -> None:
    (folder / "old.py").write_text(
        f"import tensorflow as tf\nx = tf.placeholder(tf.float32, [None, 28, 28, 1])\n{line}\n"
    )
    with pytest.raises(InputError) as error:
        explain("old.py", _picture())
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        ("x = tf.placeholder(tf.float32, [None, 784])\n1 / 0\n", Failure, "ZeroDivisionError: division by zero"),
        ("x = tf.placeholder(tf.float32, [None, 784]\n", InputError, "line 2"),
        ("tf.placeholder\nimport sys; sys.exit(3)\n", Failure, "ended by itself with 3"),
        ("tf.placeholder\nprint('nothing')\n", InputError, "made no network in a tf.Session"),
        ("c = tf.constant(1.0)\ntf.Session().run(c)\n", InputError, "no network was found in the program"),
    ],
)
def test_a_program_that_fails_is_told_in_its_own_lines(
    folder: Path, code: str, kind: type[Exception], says: str
) -> None:
    (folder / "wrong.py").write_text(f"import tensorflow as tf\n{code}")
    with pytest.raises(kind, match=says):
        explain("wrong.py", _picture())


def test_a_run_folder_from_elsewhere_runs_nothing(folder: Path) -> None:
    import tensorflow as tf
    from safetensors import safe_open
    from safetensors.numpy import save_file

    explain("multilayer_perceptron.py", _picture())
    kept = folder / "runs" / "multilayer_perceptron-1" / "program.safetensors"
    with safe_open(kept, "numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = file.metadata()
    definition = tf.compat.v1.GraphDef.FromString(tensors["graph"].tobytes())
    node = definition.node.add(name="evil", op="WriteFile")
    node.input.extend(["x", "x"])
    tensors["graph"] = np.frombuffer(definition.SerializeToString(), np.uint8)
    save_file(tensors, kept, about)
    trace = explain("multilayer_perceptron.py", _picture())  # it is not used: the program runs again
    assert any("is kept in runs/multilayer_perceptron-2" in note for note in trace.notes)
    for damaged in (b"", b"no safetensors", kept.read_bytes()[:500]):
        kept.write_bytes(damaged)
        shutil.rmtree(folder / "runs" / "multilayer_perceptron-2", ignore_errors=True)
        assert explain("multilayer_perceptron.py", _picture()).agreement is not None


def test_the_command_explains_it_and_passes_on_what_it_prints() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fivebyfive", "explain", "multilayer_perceptron.py", "--at", "layer_1.add"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Optimization Finished!" in done.stderr
    assert "layer_1 = tf.add(tf.matmul(x, weights['h1']), biases['b1'])" in done.stdout
    assert "oneDNN" not in done.stderr
    assert "WARNING" not in done.stderr
