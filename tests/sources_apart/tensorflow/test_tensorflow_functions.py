"""TensorFlow 2: functions, modules and SavedModels, by their graphs and tracebacks."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from fivebyfive import datasets, explain
from fivebyfive.errors import Failure, InputError
from sums import expect_true, five_places


def _picture() -> Any:
    return datasets.load("mnist").test.pixels[0]


@pytest.mark.parametrize("name", ["model", "function"])
def test_a_module_and_a_function_of_a_file_have_their_lines(folder: Path, name: str) -> None:
    trace = explain(f"module_v2.py:{name}", _picture())
    assert trace.agreement is not None
    assert trace.agreement.worst < 1e-5
    assert all(step.source and step.source.file == str(folder / "module_v2.py") for step in trace.steps)
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)
    if name == "model":
        step = trace["x.matmul"]
        assert [line.code for line in step.chain] == ["x = self.dense_1(x)", "y = tf.matmul(x, self.w) + self.b"]
        assert trace.parameter_count == 3 * 3 * 4 + 784 * 16 + 16 + 160 + 10


def test_objects_in_memory_are_explained_too() -> None:
    weight = tf.Variable(tf.random.normal([784, 3]))

    @tf.function  # type: ignore[untyped-decorator]
    def network(x: Any) -> Any:
        return tf.nn.relu(tf.matmul(x, weight))

    trace = explain(network, np.random.default_rng(0).random((28, 28)))
    assert [step.op for step in trace.steps[1:-1]] == ["matmul", "relu"]
    assert trace.parameter_count == 784 * 3


def test_a_saved_model_is_listed_and_its_variables_keep_their_names() -> None:
    subprocess.run(
        [sys.executable, "-c", "import tensorflow as tf, module_v2; tf.saved_model.save(module_v2.model, 'saved')"],
        check=True,
        capture_output=True,
    )
    trace = explain("saved", _picture())
    assert trace.agreement is not None
    assert trace.agreement.worst < 1e-5
    listing = trace.source_files["saved"].splitlines()
    assert listing[0].endswith("# what is given")
    assert "Conv2D = Conv2D(x, kernel)" in listing
    assert trace["Conv2D"].source is not None
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)


def test_a_saved_model_that_does_more_than_compute_is_not_loaded(folder: Path) -> None:
    victim = folder / "it ran"
    code = (
        "import tensorflow as tf\n"
        "class Net(tf.Module):\n"
        "    @tf.function(input_signature=[tf.TensorSpec([None, 784])])\n"
        "    def __call__(self, x):\n"
        f"        tf.io.write_file({str(victim)!r}, 'x')\n"
        "        return x * 2\n"
        "tf.saved_model.save(Net(), 'evil')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    with pytest.raises(
        InputError, match="holds the operation WriteFile, which may do more than compute; it is not run"
    ):
        explain("evil", _picture())
    assert not victim.exists()


def test_a_damaged_saved_model_is_one_line(folder: Path) -> None:
    (folder / "broken").mkdir()
    for data in (b"", b"\xff\xff\xff", b"some text"):
        (folder / "broken" / "saved_model.pb").write_bytes(data)
        with pytest.raises(InputError, match="saved_model.pb") as error:
            explain("broken", _picture())
        assert "\n" not in str(error.value)


def test_a_function_that_takes_no_picture_says_what_to_do() -> None:
    @tf.function  # type: ignore[untyped-decorator]
    def network(a: Any, b: Any) -> Any:
        return a + b

    with pytest.raises(Failure, match="could not be traced for any usual picture .* give it an input_signature"):
        explain(network, _picture())
