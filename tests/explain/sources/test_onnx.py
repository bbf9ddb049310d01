"""ONNX models: readable names, the listing or the user's own lines, what is given, what the classes are called."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

import onnx_zoo
from fivebyfive import explain
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.sources.onnx import as_network, names
from fivebyfive.explain.sources.onnx.reading import read
from onnx_zoo import expect_explained, exported, model

NET = """\
import torch
from torch import nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        y = F.relu(self.conv1(x))
        return F.relu(self.conv2(y) + x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3)
        self.layer1 = nn.Sequential(Block(4), Block(4))
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        x = F.max_pool2d(self.stem(x), 2)
        x = self.layer1(x)
        return self.fc(x.mean((2, 3)))
"""


def _picture() -> Any:
    return np.random.default_rng(0).integers(0, 256, (12, 12), np.uint8)


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> torch.nn.Module:
    """Somebody's network, whose code lies in a file."""
    (tmp_path / "somebodys_onnx_net.py").write_text(NET)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("somebodys_onnx_net", None)
    torch.manual_seed(0)
    made: torch.nn.Module = importlib.import_module("somebodys_onnx_net").Net().eval()
    return made


def test_pytorchs_exporter_keeps_the_users_lines(network: torch.nn.Module, tmp_path: Path) -> None:
    trace = explain(exported(network, torch.rand(1, 1, 12, 12), True), _picture())
    assert trace.source_files == {str(tmp_path / "somebodys_onnx_net.py"): NET}
    assert [(step.name, step.source and step.source.code) for step in trace.steps[1:7]] == [
        ("stem", "x = F.max_pool2d(self.stem(x), 2)"),
        ("x.max_pool2d", "x = F.max_pool2d(self.stem(x), 2)"),
        ("layer1.0.conv1", "y = F.relu(self.conv1(x))"),
        ("layer1.0.y.relu", "y = F.relu(self.conv1(x))"),
        ("layer1.0.conv2", "return F.relu(self.conv2(y) + x)"),
        ("layer1.0.add", "return F.relu(self.conv2(y) + x)"),
    ]
    assert [line.code for line in trace["layer1.0.add"].callers] == ["x = self.layer1(x)"]
    assert trace.parameter_count == sum(p.numel() for p in network.parameters())


def test_a_file_that_is_not_as_it_was_is_not_shown(network: torch.nn.Module, tmp_path: Path) -> None:
    model = exported(network, torch.rand(1, 1, 12, 12), True)
    (tmp_path / "somebodys_onnx_net.py").write_text(NET.replace("relu", "gelu"))
    assert explain(model, _picture()).source_files.keys() == {"main_graph"}


def test_a_file_that_a_model_names_is_not_shown_unless_it_is_python_with_that_line(
    network: torch.nn.Module, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a password\n")
    model = exported(network, torch.rand(1, 1, 12, 12), True)
    for node in model.graph.node:
        for entry in node.metadata_props:
            if entry.key.endswith("stack_trace"):
                entry.value = f'File "{secret}", line 1, in forward\n    a password'
    trace = explain(model, _picture())
    assert "password" not in json.dumps(trace.description())
    assert trace.source_files.keys() == {"main_graph"}


def test_without_lines_the_nodes_are_listed_as_code(network: torch.nn.Module, tmp_path: Path) -> None:
    onnx.save(exported(network, torch.rand(1, 1, 12, 12), False), tmp_path / "my net.onnx")
    trace = explain(str(tmp_path / "my net.onnx"), _picture())
    assert trace.source_files["my net.onnx"].splitlines()[:5] == [
        "def my_net(input_1):",
        "    stem = Conv(input_1, stem.weight, stem.bias, kernel_shape=[3, 3])",
        "    max_pool = MaxPool(stem, kernel_shape=[2, 2], strides=[2, 2])",
        "    layer1[0].conv1 = Conv(max_pool, layer1[0].conv1.weight, layer1[0].conv1.bias, kernel_shape=[3, 3], "
        "pads=[1, 1, 1, 1])",
        "    layer1[0].relu = Relu(layer1[0].conv1)",
    ]
    assert [step.name for step in trace.steps[:5]] == ["input", "stem", "max_pool", "layer1.0.conv1", "layer1.0.relu"]
    assert trace["layer1.0.relu"].source is not None
    assert trace["layer1.0.relu"].source.code == "layer1[0].relu = Relu(layer1[0].conv1)"
    assert trace.parameter_count == sum(p.numel() for p in network.parameters())


def test_arithmetic_on_shapes_is_no_step_and_is_written_where_it_is_needed() -> None:
    trace = explain(onnx_zoo.made("shapes"), _picture())
    assert [step.name for step in trace.steps] == ["input", "conv", "reshape", "gemm", "output"]
    assert "    reshape = Reshape(conv, [shape(conv)[0], -1])" in trace.source_files["net"].splitlines()


def test_a_branch_is_listed_as_python_has_it_and_the_path_that_is_taken_is_steps() -> None:
    trace = explain(onnx_zoo.made("if_by_value"), _picture())
    lines = trace.source_files["net"].splitlines()
    at = lines.index("    if greater:")
    assert lines[at + 1 : at + 6] == [
        "        relu = Relu(conv)", "        if_ = relu", "    else:", "        neg = Neg(conv)",
        "        sigmoid = Sigmoid(neg)",
    ]  # fmt: skip
    taken = [step.name for step in trace.steps[-3:-1]]
    assert taken == ["neg", "sigmoid"] or taken[-1] == "relu"
    assert [step.name for step in explain(onnx_zoo.made("if_constant"), _picture()).steps[1:3]] == ["conv", "relu"]


def test_a_loop_goes_round_as_often_as_it_does_and_no_further_than_can_be_shown() -> None:
    trace = explain(onnx_zoo.made("loop"), _picture())
    assert [step.name for step in trace.steps[2:-1]] == ["mul", "mul#2", "mul#3"]
    many = onnx_zoo.made("loop")
    next(t for t in many.graph.initializer if t.name == "three").CopyFrom(
        onnx.numpy_helper.from_array(np.array(5000, np.int64), "three")
    )
    assert any("it goes round more than 1,000 times" in note for note in explain(many, _picture()).notes)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("Conv", "/layer1/layer1.0/conv1/Conv", []), ("Relu", "/layer1/layer1.0/Relu", []),
          ("Add", "/layer1/layer1.0/Add_1", [])], ["layer1.0.conv1", "layer1.0.relu", "layer1.0.add_1"]),
        ([("Conv", "node_conv2d_3", []), ("Conv", "node_Conv_13", [])], ["conv2d_3", "conv_13"]),
        ([("Conv", "", []), ("MaxPool", "", []), ("Gemm", "12", [])], ["conv", "max_pool", "gemm"]),
        ([("Conv", "StatefulPartitionedCall/model/conv2d/BiasAdd", []),
          ("Relu", "StatefulPartitionedCall/model/conv2d/Relu", []),
          ("MatMul", "StatefulPartitionedCall/model/dense/MatMul", []),
          ("Add", "StatefulPartitionedCall/model/dense/BiasAdd__7", [])],
         ["conv2d", "conv2d.relu", "dense", "dense.bias_add"]),
        ([("Conv", "node_conv2d_1", ["", "layer1", "layer1.0", "conv2d_1"]), ("Relu", "x", ["", "relu"])],
         ["layer1.0", "relu"]),
        ([("Conv", "a\n\x1b[31m/../b", [])], ["a_31m"]),
    ],
)  # fmt: skip
def test_nodes_have_readable_names(given: list[tuple[str, str, list[str]]], expected: list[str]) -> None:
    assert names.readable(given) == expected


def test_names_are_unique() -> None:
    unique = names.Unique()
    assert [unique.name(name) for name in ("conv", "conv", "conv_2", "conv")] == [
        "conv",
        "conv_2",
        "conv_2_2",
        "conv_3",
    ]


@pytest.mark.parametrize(
    ("said", "orientation", "dtype"),
    [
        ("float[N,1,12,12]", "NCHW", torch.float32), ("float[1,12,12,3]", "NHWC", torch.float32),
        ("float[N,144]", "flat", torch.float32), ("float[N,12,12]", "NHW", torch.float32),
        ("uint8[N,12,12,1]", "NHWC", torch.uint8), ("float[N,7,12,12]", "", torch.float32),
        ("float16[N,C,H,W]", "NCHW", torch.float16), ("int64[N]", "", torch.int64),
    ],
)  # fmt: skip
def test_which_input_is_a_picture(said: str, orientation: str, dtype: torch.dtype) -> None:
    (given,) = as_network(model("y = Cast<to=1>(image)", 13, {}, image=f"{said} image")).graph.inputs
    assert (given.orientation, given.dtype) == (orientation, dtype)


def test_bytes_are_given_as_bytes() -> None:
    text = "f = Cast<to=1>(image)\nt = Transpose<perm=[0,3,1,2]>(f)\nc = Conv(t, w, b)\ny = GlobalAveragePool(c)"
    network = as_network(model(text, 13, {"w": onnx_zoo.W, "b": (4,)}, image="uint8[N,12,12,1] image"))
    trace = explain(network, _picture())
    expect_explained(trace)
    assert torch.equal(trace["input"].output[0, :, :, 0], torch.from_numpy(_picture()))


def test_weights_that_stand_among_the_inputs_are_no_inputs() -> None:
    old = onnx_zoo.made("gemm")
    old.graph.input.append(helper.make_tensor_value_info("v", TensorProto.FLOAT, [144, 16]))
    assert [given.name for given in as_network(old).graph.inputs] == ["image"]
    expect_explained(explain(old, _picture()))


def test_a_batch_of_another_size_is_told() -> None:
    with pytest.raises(InputError, match="net: it takes 32 pictures at a time, and one is explained; export it with"):
        as_network(model("y = Relu(image)", 13, {}, image="float[32,1,12,12] image"))


def test_several_inputs_are_given_by_name() -> None:
    both = model("y = Add(image, other)", 13, {}, image="float[N,5] image, float[N,5] other")
    trace = explain(both, {"image": torch.ones(1, 5), "other": torch.ones(1, 5)})
    assert trace["add"].output.tolist() == [[2.0] * 5]
    with pytest.raises(InputError, match=r"net takes no picture but image \[\?, 5\], other \[\?, 5\]; give tensors"):
        explain(both, _picture())


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("names", "{0: 'cat', 1: 'dog', 2: 'ox', 3: 'cow', 4: 'hen'}"),
        ("classes", '["cat", "dog", "ox", "cow", "hen"]'),
        ("labels", "cat, dog, ox, cow, hen"),
    ],
)
def test_classes_are_called_as_the_model_says(key: str, text: str) -> None:
    said = onnx_zoo.made("gemm")
    helper.set_model_props(said, {key: text})
    assert explain(said, _picture()).classes == ("cat", "dog", "ox", "cow", "hen")


@pytest.mark.parametrize("text", ["", "[" * 10_000, "__import__('os').system('true')", "{'a': 1}", "[1]"])
def test_what_names_no_classes_is_left_alone(text: str) -> None:
    said = onnx_zoo.made("gemm")
    helper.set_model_props(said, {"names": text})
    assert as_network(said).graph.classes is None


def test_a_function_of_the_models_own_is_put_in_its_place() -> None:
    whole = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 17, "mine" : 1]> net (float[N,1,12,12] image) => (float[N,1,12,12] y)'
        "{ a = mine.twice(image)\ny = Relu(a) }"
        '<opset_import: ["" : 17], domain: "mine"> twice (x) => (z) { s = Sigmoid(x)\nz = Add(s, x) }'
    )
    trace = explain(whole, _picture())
    expect_explained(trace)
    assert [step.op for step in trace.steps[1:4]] == ["sigmoid", "add", "relu"]


def test_an_operator_that_no_table_knows_is_a_step_with_onnx_runtimes_value() -> None:
    odd = model("n = com.microsoft.FusedConv<activation=\"Relu\">(image, w, b)\ny = Neg(n)", 17,
                {"w": onnx_zoo.W, "b": (4,)}, ', "com.microsoft": 1')  # fmt: skip
    trace = explain(odd, _picture())
    assert trace.agreement is not None
    assert trace.agreement.good
    assert trace["fused_conv"].kind == "other"
    assert any("com.microsoft.FusedConv is not known here" in note for note in trace.notes)


def test_what_neither_knows_is_told() -> None:
    odd = model("y = somebody.Odd(image)", 17, {}, ', "somebody": 1')
    with pytest.raises(Failure, match=r"net: somebody\.Odd \(odd\) is not known here, and ONNX Runtime .* refuses it"):
        explain(odd, _picture())


def test_a_model_is_read_without_scipy_or_onnxscript(tmp_path: Path) -> None:
    onnx.save(onnx_zoo.made("gemm"), tmp_path / "gemm.onnx")
    code = (
        "import sys, numpy\nimport fivebyfive\n"
        "fivebyfive.explain(sys.argv[1], numpy.zeros((12, 12), numpy.uint8))\n"
        "print([name for name in ('scipy', 'onnxscript', 'onnxruntime', 'sympy', 'onnx.reference') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "gemm.onnx"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert read(tmp_path / "gemm.onnx").graph.name == "gemm.onnx"
