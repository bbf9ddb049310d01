"""Odd things that networks do are watched as they happen: what is overwritten, returned in parts, empty, or raises."""

import copy
import gc
import weakref
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import explain
from support import Does, line_of

IMAGE = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(3))


def test_what_is_overwritten_later_stays_as_it_was() -> None:
    def overwrite(x: Tensor) -> Tensor:
        a = x * 1.0
        b = a[:, :, 2:]
        b.mul_(-1)
        a += 3
        a[:, :, 0] = 7.0
        return F.relu(a - 5, inplace=True)

    trace = explain(Does(overwrite), IMAGE)
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


def test_a_result_of_several_tensors_is_a_step_for_each_named_by_its_target() -> None:
    def parts(x: Tensor) -> Tensor:
        top, bottom = x.chunk(2, dim=2)
        best, where = bottom.max(dim=3)
        return top.sum() + best.sum() + where.sum()

    trace = explain(Does(parts), IMAGE)
    assert trace["bottom.chunk"].size == (14, 28, 1)
    assert trace["bottom.chunk"].arithmetic(0, 3, 0).terms[0].position == (14, 3, 0)
    best, where = trace["best.max"], trace["where.max"]
    assert where.arithmetic(x=2).total == where.value(x=2)
    assert best.arithmetic(x=2).terms[int(where.value(x=2))].value == best.value(x=2)


def test_every_tensor_that_is_returned_is_an_output() -> None:
    trace = explain(Does(lambda x: {"twice": x * 2, "flat": x.flatten(1)}), IMAGE)
    assert [step.name for step in trace.steps if step.kind == "output"] == ["output.twice", "output.flat"]


def test_calls_that_give_no_tensor_and_the_books_of_batch_norm_are_no_steps() -> None:
    def looks(x: Tensor) -> Tensor:
        assert x.size(0) == x.shape[0] == len(x)
        assert x.is_floating_point()
        assert x.dim() == 4
        return x if float(x.max()) < 2 else -x

    assert [step.op for step in explain(Does(looks), IMAGE).steps] == ["input", "max", "output"]
    trace = explain(nn.BatchNorm2d(1), IMAGE)
    assert [step.op for step in trace.steps] == ["input", "batch_norm", "output"]


def test_an_operation_without_words_is_still_a_step() -> None:
    trace = explain(Does(lambda x: torch.special.airy_ai(x) + torch.special.zeta(x, x)), IMAGE)
    unknown = [step for step in trace.steps if step.op.startswith("special")]
    assert [(step.op, step.kind) for step in unknown] == [("special_airy_ai", "other"), ("special_zeta", "other")]
    for step in unknown:
        assert step.words()[0] == f"The code calls {step.op}; it gives [1, 1, 28, 28]."
        assert step.receptive_field is None
        with pytest.raises(InputError, match=rf"the arithmetic of special_\w+ \({step.op}\) is not known here"):
            step.arithmetic()


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
        f'  File "{__file__}", line {line_of(__file__, "self.fc(x))  # does not fit")}, in forward',
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
        assert step.arithmetic(3, 4).total == pytest.approx(step.value(3, 4))


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


def test_what_several_steps_look_at_is_copied_once_before_it_is_overwritten() -> None:
    def overwrite(x: Tensor) -> Tensor:
        a = x * 2.0
        b = F.dropout(a, training=False)
        return F.relu(b.mul_(-1))

    trace = explain(Does(overwrite), IMAGE)
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

    chains = [[line.code for line in step.chain] for step in explain(Does(forward), IMAGE).steps if step.op == "mul"]
    assert [chain[-2:] for chain in chains] == [
        ["first = next(values)", "x = x * 2"],
        ["second = next(values)", "x = x * 2"],
    ]
