"""One forward, watched: every call is a step with the user's own line, and the network is as it was afterwards."""

import copy
import gc
import json
import random
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import fivebyfive
from architectures import ARCHITECTURES
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.networks import build

IMAGE = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def posts() -> Trace:
    """The post's network and a picture."""
    torch.manual_seed(0)
    return explain(build("conv_net").eval(), IMAGE)


def _line(text: str) -> int:
    """The number of the line of this file that holds `text`."""
    lines = Path(__file__).read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if text in line)


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
@pytest.mark.parametrize("name", ARCHITECTURES)
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
    assert step.source.line == _line("nn.Conv2d(1, 2, 3),  # the first line of the network")
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


# --- odd things that networks do ------------------------------------------------------------------------------------


class Net(nn.Module):
    """A network that does what it is given."""

    def __init__(self, does: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.does = does

    def forward(self, x: Tensor) -> object:
        return self.does(x)


def test_what_is_overwritten_later_stays_as_it_was() -> None:
    def overwrite(x: Tensor) -> Tensor:
        a = x * 1.0
        b = a[:, :, 2:]
        b.mul_(-1)
        a += 3
        a[:, :, 0] = 7.0
        return F.relu(a - 5, inplace=True)

    trace = explain(Net(overwrite), IMAGE)
    x = IMAGE[None]
    negated = torch.cat([x[:, :, :2], -x[:, :, 2:]], 2)
    assert torch.equal(trace["input"].output, x)
    assert torch.equal(trace["a.mul"].output, x)
    assert torch.equal(trace["b.index"].output, x[:, :, 2:])
    assert torch.equal(trace["mul"].output, -x[:, :, 2:])
    assert torch.equal(trace["a.add"].output, negated + 3)
    assert float(trace["a.assign"].output[0, 0, 0, 5]) == 7.0
    assert trace["a.add"].attributes["inplace"] is True
    for step in trace.steps:
        if step.op != "overwritten":
            assert step.arithmetic(0, 3, 0).total == pytest.approx(step.value(0, 3, 0))


def test_what_several_steps_look_at_is_copied_once_before_it_is_overwritten() -> None:
    def overwrite(x: Tensor) -> Tensor:
        a = x * 2.0
        b = F.dropout(a, training=False)
        return F.relu(b.mul_(-1))

    trace = explain(Net(overwrite), IMAGE)
    kept = trace["a.mul"].output, trace["b.dropout"].output
    assert torch.equal(kept[0], IMAGE[None] * 2)
    assert kept[0].data_ptr() == kept[1].data_ptr() != trace["mul"].output.data_ptr()


def test_a_trace_and_its_outputs_are_freed_with_the_last_who_holds_it() -> None:
    gc.disable()
    try:
        trace = explain(ARCHITECTURES["residual"].network(), ARCHITECTURES["residual"].image())
        outputs = [weakref.ref(step.output) for step in trace.steps]
        del trace
        assert all(output() is None for output in outputs)
    finally:
        gc.enable()


def test_a_generator_that_is_resumed_elsewhere_shows_the_line_that_resumed_it() -> None:
    def doubled(x: Tensor) -> Iterator[Tensor]:
        while True:
            x = x * 2
            yield x

    def forward(x: Tensor) -> Tensor:
        values = doubled(x)
        first = next(values)
        second = next(values)
        return first + second

    chains = [[line.code for line in step.chain] for step in explain(Net(forward), IMAGE).steps if step.op == "mul"]
    assert [chain[-2:] for chain in chains] == [
        ["first = next(values)", "x = x * 2"],
        ["second = next(values)", "x = x * 2"],
    ]


def test_a_result_of_several_tensors_is_a_step_for_each_named_by_its_target() -> None:
    def parts(x: Tensor) -> Tensor:
        top, bottom = x.chunk(2, dim=2)
        best, where = bottom.max(dim=3)
        return top.sum() + best.sum() + where.sum()

    trace = explain(Net(parts), IMAGE)
    assert trace["bottom.chunk"].size == (14, 28, 1)
    assert trace["bottom.chunk"].arithmetic(0, 3, 0).terms[0].position == (14, 3, 0)
    best, where = trace["best.max"], trace["where.max"]
    assert where.arithmetic(y=2).total == where.value(y=2)
    assert best.arithmetic(y=2).terms[int(where.value(y=2))].value == best.value(y=2)


def test_every_tensor_that_is_returned_is_an_output() -> None:
    trace = explain(Net(lambda x: {"twice": x * 2, "flat": x.flatten(1)}), IMAGE)
    assert [step.name for step in trace.steps if step.kind == "output"] == ["output.twice", "output.flat"]


def test_calls_that_give_no_tensor_and_the_books_of_batch_norm_are_no_steps() -> None:
    def looks(x: Tensor) -> Tensor:
        assert x.size(0) == x.shape[0] == len(x)
        assert x.is_floating_point()
        assert x.dim() == 4
        return x if float(x.max()) < 2 else -x

    assert [step.op for step in explain(Net(looks), IMAGE).steps] == ["input", "max", "output"]
    trace = explain(nn.BatchNorm2d(1), IMAGE)
    assert [step.op for step in trace.steps] == ["input", "batch_norm", "output"]


def test_an_operation_without_words_is_still_a_step() -> None:
    trace = explain(Net(lambda x: torch.erfinv(x).digamma()), IMAGE)
    assert [(step.op, step.kind) for step in trace.steps[1:-1]] == [("erfinv", "other"), ("digamma", "other")]
    assert trace["erfinv"].words()
    assert trace["erfinv"].receptive_field is None
    with pytest.raises(InputError, match=r"the arithmetic of erfinv \(erfinv\) is not known here"):
        trace["erfinv"].arithmetic()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_python_cannot_watch_is_one_step() -> None:
    scripted = torch.jit.trace(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), IMAGE[None])  # type: ignore[no-untyped-call]
    trace = explain(scripted, IMAGE)
    assert [step.kind for step in trace.steps] == ["input", "other", "output"]
    assert trace.steps[-1].size == (26, 26, 2)


def test_a_lambda_and_a_helper_show_the_line_of_the_forward() -> None:
    def double(x: Tensor) -> Tensor:
        return x * 2  # in the helper

    class Helped(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = double(x)  # in the forward
            return y.tanh()

    step = explain(Helped(), IMAGE)["y"]
    assert step.source is not None
    assert step.source.code == "y = double(x)  # in the forward"
    assert step.wrapper is not None
    assert step.wrapper.code == "return x * 2  # in the helper"


def test_padding_by_the_convolutions_own_module_belongs_to_the_convolution() -> None:
    trace = explain(nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), IMAGE)
    assert [step.op for step in trace.steps] == ["input", "conv2d", "output"]
    step = trace.steps[1]
    assert step.attributes["padding"] == ((1, 1), (1, 1))
    assert step.attributes["padding_mode"] == "reflect"
    corner = step.arithmetic(0, 0, 0).terms[0]
    assert (corner.padding, corner.position, corner.origin) == (True, (-1, -1, 0), (1, 1, 0))


def test_weights_that_change_afterwards_no_longer_explain_the_trace() -> None:
    network = nn.Conv2d(1, 2, 3)
    trace = explain(network, IMAGE)
    with torch.no_grad():
        network.weight.add_(1.0)
    with pytest.raises(InputError, match="has been changed since this trace was made; explain the image again"):
        trace.steps[1].arithmetic()


def test_a_forward_that_raises_shows_the_users_own_lines() -> None:
    class Wrong(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(10, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1)
            return torch.relu(self.fc(x))  # does not fit

    with pytest.raises(Failure) as error:
        explain(Wrong(), IMAGE)
    first, *frames = str(error.value).splitlines()
    assert first.startswith("Wrong raised RuntimeError on an input of [1, 1, 28, 28]: mat1 and mat2 shapes cannot be")
    assert frames[:2] == [
        f'  File "{__file__}", line {_line("self.fc(x))  # does not fit")}, in forward',
        "    return torch.relu(self.fc(x))  # does not fit",
    ]


def test_a_forward_that_ends_the_program_is_told_too() -> None:
    class Ends(nn.Module):
        def forward(self, _: Tensor) -> Tensor:
            raise SystemExit(3)

    says = r"Ends raised SystemExit on an input of \[1, 1, 28, 28\]: it ends the program by sys.exit\(3\)"
    with pytest.raises(Failure, match=says):
        explain(Ends(), IMAGE)


class Averaging(nn.Module):
    """Keeps a mean of all that it has seen, in a buffer that every forward changes, and reads it before and after."""

    seen: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.full((3,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        before = x - self.seen[:, None, None]
        self.seen.mul_(0.9).add_(x.mean((0, 2, 3)), alpha=0.1)
        return before * self.seen[:, None, None]


def test_a_buffer_that_the_forward_changes_is_put_back_and_every_step_keeps_what_it_saw() -> None:
    network, image = Averaging(), torch.rand(3, 5, 4)
    trace = explain(network, image)
    assert torch.equal(network.seen, torch.full((3,), 0.25))
    assert torch.equal(trace.steps[-1].output, copy.deepcopy(network)(image[None]))
    for step in trace.steps:
        height, width, channels = step.size
        at = height - 1, width - 1, channels - 1
        assert step.arithmetic(*at).total == pytest.approx(step.value(*at), rel=1e-5), step.name


def test_what_is_empty_is_a_step_without_values() -> None:
    class Empty(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            nothing = F.linear(x, torch.empty(0, 28))
            return x.mean((2, 3)) + nothing.sum() + x[x > 2].sum() + torch.nonzero(x > 2).sum()

    trace = explain(Empty(), IMAGE)
    empty = [step for step in trace.steps if not step.output.numel()]
    assert [step.op for step in empty] == ["empty", "linear", "index", "nonzero"]
    for step in empty:
        assert step.words()
        assert step.receptive_field is None
        assert step.window() is None
        with pytest.raises(InputError, match=r"is empty, \[.*0.*\]: it has no value to show"):
            step.arithmetic()


def test_complex_numbers_are_shown_by_their_magnitude() -> None:
    class Spectrum(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.abs(torch.fft.rfft2(x))

    trace = explain(Spectrum(), IMAGE)
    transformed, magnitude = trace.steps[1:3]
    assert torch.equal(transformed.maps, magnitude.maps)
    assert transformed.value(3, 4) == magnitude.value(3, 4)
    for step in (transformed, magnitude):
        with pytest.raises(InputError, match="computes with complex numbers"):
            step.arithmetic()


def test_all_that_goes_into_a_call_without_a_table_is_an_input() -> None:
    class Similar(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.cosine_similarity(x.relu(), x.exp())

    assert explain(Similar(), IMAGE)["cosine_similarity"].inputs == (1, 2)


def test_a_network_that_raises_is_put_back_too() -> None:
    class Counting(nn.Module):
        count: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", torch.zeros(()))

        def forward(self, _: Tensor) -> Tensor:
            self.count += 1
            raise ValueError("not today")

    network = Counting()
    with pytest.raises(Failure, match=r"Counting raised ValueError on an input of \[1, 1, 28, 28\]: not today"):
        explain(network, IMAGE)
    assert float(network.count) == 0.0


def test_the_public_name_is_the_packages() -> None:
    trace: Trace = fivebyfive.explain(nn.ReLU(), IMAGE)
    assert trace.steps[1].op == "relu"
