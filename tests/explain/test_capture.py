"""One forward, watched: every call is a step with the user's own line, and the network is as it was afterwards."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import fivebyfive
from architectures import ARCHITECTURES, OF_LAYERS
from fivebyfive.errors import InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.networks import build
from support import line_of

IMAGE = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def posts() -> Trace:
    """The post's network and a picture."""
    torch.manual_seed(0)
    return explain(build("conv_net").eval(), IMAGE)


# --- the post's network ---------------------------------------------------------------------------------------------


def test_the_posts_code_is_seen_as_the_posts_vocabulary(posts: Trace) -> None:
    assert [(step.name, step.kind, step.size) for step in posts.steps] == [
        ("input", "input", (1, 1, 784)),
        ("x.reshape", "reshaping", (28, 28, 1)),
        ("conv1.conv2d", "convolution", (28, 28, 32)),
        ("conv1.bias_add", "convolution", (28, 28, 32)),
        ("conv1.relu", "activation", (28, 28, 32)),
        ("conv1.max_pool", "pooling", (14, 14, 32)),
        ("conv2.conv2d", "convolution", (14, 14, 64)),
        ("conv2.bias_add", "convolution", (14, 14, 64)),
        ("conv2.relu", "activation", (14, 14, 64)),
        ("conv2.max_pool", "pooling", (7, 7, 64)),
        ("fc1.reshape", "reshaping", (1, 1, 3136)),
        ("fc1.matmul", "fully connected", (1, 1, 1024)),
        ("fc1.add", "fully connected", (1, 1, 1024)),
        ("fc1.relu", "activation", (1, 1, 1024)),
        ("fc1.dropout", "dropout", (1, 1, 1024)),
        ("out.matmul", "fully connected", (1, 1, 10)),
        ("out.add", "fully connected", (1, 1, 10)),
        ("output", "output", (1, 1, 10)),
    ]
    assert all(step.inputs == (step.index - 1,) for step in posts.steps[1:])


def test_the_line_shown_is_the_one_in_conv_net_and_the_wrappers_line_is_kept(posts: Trace) -> None:
    step = posts["conv1"]
    assert step.source is not None
    assert step.source.code == 'conv1 = conv2d(x, weights["wc1"], biases["bc1"])'
    assert step.source.function == "conv_net"
    assert Path(step.source.file).name == "conv_net.py"
    assert step.wrapper is not None
    assert step.wrapper.code == 'x = ops.conv2d(x, W, strides=[1, strides, strides, 1], padding="SAME")'
    assert [line.code.split("(")[0] for line in step.callers] == ["return conv_net", "x = ops.conv2d"]
    lines = posts.source_files[step.source.file].splitlines()
    assert lines[step.source.line - 1].strip() == step.source.code


def test_statements_gather_their_steps(posts: Trace) -> None:
    found = {line.code: [posts.steps[i].op for i in line.steps] for line in posts.user_lines}
    assert found['conv1 = conv2d(x, weights["wc1"], biases["bc1"])'] == ["conv2d", "bias_add", "relu"]
    assert found["conv1 = maxpool2d(conv1, k=2)"] == ["max_pool"]
    assert found["return out"] == ["output"]
    assert next(iter(found)).startswith("def conv_net(")
    assert [i for line in posts.user_lines for i in line.steps] == [step.index for step in posts.steps]


def test_a_name_means_the_step_or_the_first_that_it_fits(posts: Trace) -> None:
    assert posts["conv1"].name == "conv1.conv2d"
    assert posts["conv1.relu"].index == 4
    assert posts[-1].name == "output"
    with pytest.raises(InputError, match=r"no step is called 'cnv1'; the nearest are conv1, "):
        posts["cnv1"]
    with pytest.raises(InputError, match=r"no step is called 'conv1\.rleu'; the nearest are conv1\.relu"):
        posts["conv1.rleu"]
    with pytest.raises(InputError, match="there is no step 99; ConvNet has 18 steps"):
        posts[99]


def test_the_attributes_are_those_of_the_code(posts: Trace) -> None:
    assert posts["conv1"].attributes["padding"] == ((2, 2), (2, 2))
    assert posts["conv1"].attributes["padding_name"] == "SAME"
    assert posts["conv1.max_pool"].attributes["stride"] == (2, 2)
    assert posts["x"].attributes["shape"] == (-1, 28, 28, 1)
    assert posts["fc1.dropout"].attributes["keep_prob"] == 1.0


def test_the_description_is_the_contracts(posts: Trace, tmp_path: Path) -> None:
    posts.to_json(tmp_path / "trace.json")
    document = json.loads((tmp_path / "trace.json").read_text())
    assert document["network"] == "ConvNet"
    wanted = {"name", "op", "kind", "source", "inputs", "input_shapes", "output_shape", "parameters", "macs"}
    assert all(wanted | {"receptive_field"} <= step.keys() for step in document["steps"])
    assert all(step["source"].keys() == {"file", "line", "code"} for step in document["steps"])
    assert document["steps"][2]["input_shapes"] == [[1, 28, 28, 1]]
    assert document["steps"][2]["receptive_field"] == {"height": 5, "width": 5, "jump": [1.0, 1.0], "whole": False}
    assert [p["label"] for p in document["prediction"]] == [label for label, _ in posts.prediction]


# --- exactly as it is, and as it was --------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
@pytest.mark.parametrize("name", OF_LAYERS)
def test_capture_changes_nothing(name: str, training: bool) -> None:
    architecture = ARCHITECTURES[name]
    network, image = architecture.network().train(training), architecture.image()
    hooks: list[str] = []
    convolution = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    handle = convolution.register_forward_hook(lambda *_: hooks.append("called"))
    parameter = next(network.parameters())
    parameter.grad = torch.ones_like(parameter)
    before = copy.deepcopy(network.state_dict())
    modes = [module.training for module in network.modules()]
    torch.manual_seed(5)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]
    given = image.clone()

    trace = explain(network, image)

    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.random.get_state()[1].tolist() == states[2]  # type: ignore[index]
    assert torch.equal(image, given)
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert torch.equal(parameter.grad, torch.ones_like(parameter))
    assert all(p.grad is None for p in network.parameters() if p is not parameter)
    assert hooks == ["called"]
    handle.remove()
    plain = network(image[None])
    assert torch.equal(trace.steps[-1].output, plain)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_names_are_unique_and_stable(name: str) -> None:
    architecture = ARCHITECTURES[name]
    network = architecture.network()
    first, second = (explain(network, architecture.image(seed)) for seed in (1, 2))
    names = [step.name for step in first.steps]
    assert len(set(names)) == len(names)
    assert names == [step.name for step in second.steps]


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "sequential"])
def test_every_step_has_a_line_of_the_users(name: str) -> None:
    architecture = ARCHITECTURES[name]
    for step in explain(architecture.network(), architecture.image()).steps:
        assert step.source is not None, step.name
        assert Path(step.source.file).parent.name == "architectures"


def test_the_line_of_a_nested_module_is_the_one_in_the_innermost_forward() -> None:
    architecture = ARCHITECTURES["residual"]
    trace = explain(architecture.network(), architecture.image())
    step = trace["layer2.0.conv1"]
    assert step.source is not None
    assert (step.source.code, step.source.function) == ("out = self.conv1(x)", "forward")
    assert [line.code for line in step.callers] == ["x = self.layer2(x)"]
    assert step.definition is not None
    assert step.definition.code.startswith("self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride")
    joined = trace["layer2.0.out.add"]
    assert joined.kind == "joining"
    assert [trace.steps[i].name for i in joined.inputs] == ["layer2.0.bn2", "layer2.0.downsample.1"]
    assert trace["layer2.0.relu"].index < joined.index < trace["layer2.0.relu#2"].index


def test_the_entries_of_a_sequential_have_the_line_that_calls_it_and_the_one_that_made_them() -> None:
    architecture = ARCHITECTURES["plain"]
    step = explain(architecture.network(), architecture.image())["features.4"]
    assert step.source is not None
    assert step.source.code == "x = self.features(x)"
    assert step.definition is not None
    assert step.definition.code == "nn.Conv2d(8, 16, 3, padding=1),"


def test_a_sequential_alone_shows_the_lines_that_made_it() -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3),  # the first line of the network
        nn.Flatten(),
        nn.Linear(2 * 26 * 26, 3),
    )
    trace = explain(net, IMAGE)
    step = trace["0"]
    assert step.source is not None
    assert step.source.line == line_of(__file__, "nn.Conv2d(1, 2, 3),  # the first line of the network")
    assert [s.source.line - step.source.line for s in trace.steps[1:4] if s.source] == [0, 1, 2]


def test_code_without_a_text_is_explained_all_the_same() -> None:
    space: dict[str, Callable[[], nn.Module]] = {}
    exec(
        "import torch.nn as nn\n"
        "class Net(nn.Module):\n"
        "    def forward(self, x):\n"
        "        y = x * 2\n"
        "        return y.relu()\n",
        space,
    )
    trace = explain(space["Net"](), IMAGE)
    assert [step.name for step in trace.steps] == ["input", "mul", "relu", "output"]
    assert trace["relu"].source is None
    assert trace["relu"].arithmetic(3, 4).total == pytest.approx(trace["relu"].value(3, 4))


def test_the_public_name_is_the_packages() -> None:
    trace: Trace = fivebyfive.explain(nn.ReLU(), IMAGE)
    assert trace.steps[1].op == "relu"
