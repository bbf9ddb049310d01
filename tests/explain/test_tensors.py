"""Tensors are taken as they are: of any rank, of any kind of number, one or several; what is changed is said."""

import copy
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import Trace, explain


def _conv(channels: int = 1) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(channels, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Sentence(nn.Module):
    """An embedding and an LSTM, as tutorials on texts have it."""

    def __init__(self) -> None:
        super().__init__()
        self.emb = nn.Embedding(50, 8)
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.emb(tokens)
        if mask is not None:
            x = x.masked_fill(~mask[..., None], 0.0)
        x, _ = self.lstm(x)
        result: Tensor = self.fc(x[:, -1])
        return result


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(4, 3), nn.Linear(5, 3)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        result: Tensor = self.a(left) + self.b(right)
        return result


class Batch(nn.Module):
    """Takes a dictionary, as many data loaders give."""

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        return batch["x"] * batch["mask"]


def _given(trace: Trace) -> Tensor:
    return trace.steps[0].output


# --- one tensor: its shape -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "shape", "taken"),
    [
        (lambda: nn.Conv1d(2, 3, 5), (1, 2, 64), (1, 2, 64)),
        (lambda: nn.Conv1d(2, 3, 5), (2, 64), (1, 2, 64)),
        (lambda: nn.Conv1d(1, 3, 5), (64,), (1, 1, 64)),
        (lambda: nn.Conv3d(1, 2, 3), (1, 1, 6, 8, 8), (1, 1, 6, 8, 8)),
        (lambda: nn.Conv3d(1, 2, 3), (1, 6, 8, 8), (1, 1, 6, 8, 8)),
        (lambda: _conv(), (28, 28), (1, 1, 28, 28)),
        (lambda: _conv(), (1, 28, 28), (1, 1, 28, 28)),
        (lambda: _conv(4), (4, 28, 28), (1, 4, 28, 28)),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 3)), (1, 28, 28), (1, 1, 28, 28)),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 3)), (784,), (1, 784)),
        (lambda: nn.LSTM(8, 4, batch_first=True), (1, 5, 8), (1, 5, 8)),
        (lambda: nn.LSTM(8, 4, batch_first=True), (5, 8), (1, 5, 8)),
        (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (1, 5, 8), (1, 5, 8)),
        (lambda: nn.ReLU(), (1, 1, 8, 8), (1, 1, 8, 8)),
        (lambda: nn.LazyConv2d(2, 3), (3, 8, 8), (1, 3, 8, 8)),
    ],
)
def test_a_tensor_is_one_example_or_a_batch_of_one(
    network: Callable[[], nn.Module], shape: tuple[int, ...], taken: tuple[int, ...]
) -> None:
    x = torch.rand(shape)
    given = _given(explain(network().eval(), x))
    assert tuple(given.shape) == taken
    assert torch.equal(given.reshape(shape), x)


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (_conv, (4, 28, 28)),
        (_conv, (2, 1, 28, 28)),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 3)), (4, 28, 28)),
        (lambda: nn.Linear(8, 2), (12, 8)),
        (Sentence, (3, 7)),
    ],
)
def test_a_batch_of_several_is_one_sentence(network: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
    x = torch.zeros(shape, dtype=torch.long if network is Sentence else torch.float32)
    with pytest.raises(InputError, match=r"one image at a time is explained.* give one of the \d+$"):
        explain(network(), x)


def test_channels_that_nothing_confirms_are_said() -> None:
    assert explain(nn.ReLU(), torch.rand(4, 8, 8)).notes == [
        "The tensor [4, 8, 8] is taken as one picture of 4 channels."
    ]


# --- one tensor: its numbers -----------------------------------------------------------------------------------------


def test_whole_numbers_stay_whole_numbers() -> None:
    tokens = torch.randint(0, 50, (1, 12))
    for given in (tokens, tokens[0], tokens.int()):
        trace = explain(Sentence().eval(), given)
        assert _given(trace).dtype == given.dtype
        assert torch.equal(_given(trace), given.reshape(1, 12))
        assert trace.notes == []


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        (torch.float64, "Its float64 numbers were made float32, as the network's weights are."),
        (torch.float16, "Its float16 numbers were made float32, as the network's weights are."),
        (torch.int64, "Its int64 numbers were made float32, as the network's weights are."),
        (torch.bool, "Its bool numbers were made float32, as the network's weights are."),
        (torch.uint8, "Its bytes were divided by 255, as float32 numbers from 0 to 1."),
    ],
)
def test_numbers_that_the_weights_do_not_take_are_converted_and_that_is_said(dtype: torch.dtype, said: str) -> None:
    x = (torch.rand(1, 9, 9) * 3).to(dtype)
    trace = explain(_conv(), x)
    assert trace.notes == [said]
    assert torch.equal(_given(trace)[0], x.float() / (255 if dtype == torch.uint8 else 1))


def test_where_no_layer_asks_for_it_no_number_is_changed() -> None:
    for x in (torch.ones(1, 1, 4, 4, dtype=torch.bool), torch.complex(torch.rand(1, 4), torch.rand(1, 4))):
        trace = explain(nn.Identity(), x)
        assert _given(trace).dtype == x.dtype
        assert torch.equal(_given(trace), x)


def test_a_number_that_is_none_is_said() -> None:
    x = torch.rand(1, 9, 9)
    x[0, 2, 3:5] = torch.tensor([float("nan"), float("inf")])
    assert explain(_conv(), x).notes == ["The tensor holds 2 values that are not finite (NaN or infinity)."]


def test_a_tensor_that_learns_is_left_alone() -> None:
    x = torch.rand(1, 9, 9, requires_grad=True)
    trace = explain(_conv(), nn.Parameter(x))
    assert type(_given(trace)) is Tensor
    assert not _given(trace).requires_grad
    assert x.grad is None


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (torch.rand(1, 9, 9, device="meta"), "the tensor is on the meta device"),
        (torch.rand(1, 1, 9, 9).to_sparse(), r"the tensor is sparse; give an ordinary one: x\.to_dense\(\)"),
        (torch.rand(0, 9, 9), r"the tensor is empty, \[0, 9, 9\]"),
        (torch.rand(1, 0, 9, 9), r"the tensor is empty, \[1, 0, 9, 9\]"),
    ],
)
def test_what_holds_no_values_is_one_sentence(x: Tensor, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        explain(_conv(), x)
    assert "\n" not in str(error.value)


def test_a_network_without_values_is_one_sentence() -> None:
    with pytest.raises(InputError, match="has weights on the meta device, which have no values"):
        explain(_conv().to("meta"), torch.rand(1, 9, 9))


# --- several ---------------------------------------------------------------------------------------------------------


def test_several_inputs_go_by_place_or_by_name_and_each_is_a_step(tmp_path: Path) -> None:
    network, left, right = Siamese(), torch.rand(1, 4), torch.rand(1, 5)
    for given in ((left, right), [left, right], {"right": right, "left": left}):
        trace = explain(network, given)
        inputs = {step.name: step.output for step in trace.steps if step.kind == "input"}
        assert inputs.keys() == {"input.left", "input.right"}
        assert torch.equal(inputs["input.right"], right)
        assert torch.equal(trace.steps[-1].output, network(left, right))
        assert trace["a"].origins[0].name == "input.left"
    trace.to_html(tmp_path / "page.html")
    trace.diagram()


def test_a_network_that_takes_one_dictionary_or_one_pair_gets_it() -> None:
    x, mask = torch.rand(1, 4), torch.tensor([[True, False, True, True]])
    trace = explain(Batch(), {"x": x, "mask": mask})
    assert [step.name for step in trace.steps] == ["input.batch.x", "input.batch.mask", "mul", "output"]
    assert trace.steps[1].output.dtype == torch.bool

    class Pair(nn.Module):
        def forward(self, pair: tuple[Tensor, Tensor]) -> Tensor:
            a, b = pair
            return a + b

    assert torch.equal(explain(Pair(), (x, x)).steps[-1].output, x + x)


def test_what_is_no_tensor_goes_beside_the_tensors() -> None:
    class Scaled(nn.Module):
        def forward(self, x: Tensor, *, scale: float, mask: Tensor | None = None) -> Tensor:
            return x * scale if mask is None else x * mask

    x = torch.rand(1, 4)
    assert torch.equal(explain(Scaled(), {"x": x, "scale": 2.0}).steps[-1].output, x * 2)
    with pytest.raises(InputError, match=r"Scaled\.forward takes .*give its arguments in a tuple, or by name"):
        explain(Scaled(), x)
    with pytest.raises(InputError, match="the tuple holds no tensor"):
        explain(Scaled(), (1, 2))


def test_a_module_without_a_forward_is_one_sentence() -> None:
    with pytest.raises(InputError, match="ModuleList has no forward"):
        explain(nn.ModuleList([nn.ReLU()]), torch.rand(1, 4))


# --- what comes back -------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    logits: Tensor
    tokens: int = 3


Named = namedtuple("Named", "mean peak")


@pytest.mark.parametrize(
    ("returns", "outputs"),
    [
        (lambda x: Answer(x.mean((2, 3))), ["output.logits"]),
        (lambda x: Named(x.mean(), x.max()), ["output.mean", "output.peak"]),
        (lambda x: (x, [x, {"k": x}], None), ["output.0", "output.1.0", "output.1.1.k"]),
        (lambda x: None, []),
        (lambda x: 3.0, []),
        (lambda x: x.numpy(), []),
    ],
    ids=["data class", "named tuple", "nested", "nothing", "a number", "an array"],
)
def test_whatever_a_forward_returns(returns: Callable[[Tensor], Any], outputs: list[str], tmp_path: Path) -> None:
    class Returns(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def forward(self, x: Tensor) -> Any:
            return returns(self.conv(x))

    trace = explain(Returns(), torch.rand(1, 9, 9))
    assert [step.name for step in trace.steps if step.kind == "output"] == outputs
    assert "conv" in [step.name for step in trace.steps]
    assert any("there is no output to show" in note for note in trace.notes) == (not outputs)
    trace.to_html(tmp_path / "page.html")
    trace.diagram()


# --- attributes, modes, state ----------------------------------------------------------------------------------------


def test_attributes_of_another_meaning_say_nothing() -> None:
    class Odd(nn.Module):
        width = 10**9
        channels = "many"
        classes = 7
        layout = torch.strided

        def __init__(self) -> None:
            super().__init__()
            self.body = _conv(3)

        @property
        def shape(self) -> tuple[int, ...]:
            raise ValueError("not built yet")

        def height(self) -> int:
            return 3

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.body(x)
            return result

    photo = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    assert explain(Odd(), photo).steps[0].size == (50, 60, 3)
    assert explain(Odd(), torch.rand(3, 9, 9)).steps[0].size == (9, 9, 3)

    class Shaped(Odd):
        shape = (3, 5, 7)

    assert explain(Shaped(), photo).steps[0].size == (50, 60, 3)


@pytest.mark.parametrize(
    "mode",
    [torch.inference_mode, torch.no_grad, lambda: torch.autocast("cpu")],
    ids=["inference", "no_grad", "autocast"],
)
def test_any_mode_around_it(mode: Callable[[], Any]) -> None:
    network, x = _conv(), torch.rand(1, 9, 9)
    with mode():
        trace = explain(network, x)
        made_here = explain(_conv(), torch.rand(1, 9, 9))
        plain = network(x[None])
    assert torch.equal(trace.steps[-1].output, plain)
    assert made_here["0"].arithmetic().total == pytest.approx(made_here["0"].value(), rel=2e-2)


def test_parameters_that_a_forward_overwrites_are_put_back() -> None:
    class Clipped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.randn(2, 1, 3, 3))

        def forward(self, x: Tensor) -> Tensor:
            self.w.data.clamp_(-0.1, 0.1)
            with torch.no_grad():
                self.w.mul_(2)
            return nn.functional.conv2d(x, self.w)

    network = Clipped()
    before = copy.deepcopy(network.state_dict())
    explain(network, torch.rand(1, 9, 9))
    assert torch.equal(network.w, before["w"])


def test_sparse_buffers_and_lazy_layers() -> None:
    class Adjacent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("links", torch.eye(9).to_sparse())
            self.head = nn.LazyLinear(3)

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.head(torch.sparse.mm(self.links, x[0, 0])[None])
            return result

    trace = explain(Adjacent(), torch.rand(1, 9, 9))
    assert trace.parameter_count == 30
    assert trace.notes[0].startswith("Its lazy layers had no weights yet")


def test_a_network_that_raises_shows_its_own_lines_and_none_of_ours() -> None:
    class Wrong(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[dict[str, int]()["missing"]]  # the line that raised

    with pytest.raises(Failure) as error:
        explain(Wrong(), torch.rand(1, 9, 9))
    first, *frames = str(error.value).splitlines()
    assert first == "Wrong raised KeyError on an input of [1, 1, 9, 9]: 'missing'"
    assert "# the line that raised" in frames[1]
    assert [line for line in frames if "File" in line] == frames[:1]


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.full((9, 9), np.nan), "values that are not finite"),
        (np.array([["a"]]), "the array holds <U1"),
        (np.array([[None]]), "the array holds object"),
        (np.ones((9, 9), complex), "the array holds complex128"),
        (np.zeros((4, 28, 28)), "several pictures; one picture was expected"),
        (np.zeros((5, 9, 9, 3)), r"the array has shape \[5, 9, 9, 3\]"),
    ],
)
def test_an_array_that_is_no_picture_is_one_sentence(array: Any, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        explain(_conv(), array)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 1), (1, 9, 9), (1, 9, 9, 1), (1, 1, 9, 9)])
@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int64, np.uint8, bool])
def test_an_array_of_any_sort_is_the_picture(shape: tuple[int, ...], dtype: Any) -> None:
    values = np.random.default_rng(1).integers(0, 2, (9, 9))
    trace = explain(_conv(), values.reshape(shape).astype(dtype))
    whole = 255 if dtype in (np.int64, np.uint8) else 1
    assert torch.allclose(_given(trace)[0, 0], torch.from_numpy(values).float() / whole)
