"""What the page's document holds of the way back: of any network, of any loss, and in words where it cannot be held."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import document, html
from fivebyfive.views.page.envelope import Part, pack, unpack

from .going_back import NETWORKS, traced
from .reading import in_file


class Made(nn.Module):
    """A network of one function, and a convolution whose filters may be used again."""

    def __init__(self, function: Callable[["Made", Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.function = function
        self.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.head = nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self, x)

    def answer(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(x.mean((2, 3)))
        return out


PIXELS = torch.from_numpy(np.random.default_rng(5).random((1, 2, 4, 4), np.float32))


def sent(function: Callable[[Made, Tensor], Tensor], pixels: Tensor = PIXELS, **more: Any) -> tuple[Trace, Part]:
    trace = explain(Made(function), pixels, **({"label": 1} | more))
    part = unpack(pack(document.structure(trace), document.parameters(trace), document.values(trace)))
    assert in_file(html(trace)).fields["back"]["loss"] == part.fields["back"]["loss"]
    return trace, part


@pytest.mark.parametrize("name", NETWORKS)
def test_every_gradient_is_there_or_its_steps_is(name: str) -> None:
    trace = traced(name)
    part = document.values(trace)
    same = part.fields["back"]["same"]
    for step in trace.steps:
        whose = same.get(str(step.index), step.index)
        found = part.buffers.get(f"gradient/{whose}")
        assert (found is None) == (step.gradient is None)
        if found is not None and step.gradient is not None:
            assert found.size == step.gradient.numel()
            assert np.sort(found.reshape(-1)) == pytest.approx(np.sort(step.gradient.reshape(-1).numpy()))


def test_filters_that_are_used_twice_have_the_gradient_of_both_uses() -> None:
    trace, part = sent(lambda m, x: m.answer(m.conv(torch.relu(m.conv(x)))))
    first, second = (step for step in trace.steps if step.op == "conv2d")
    weights = part.fields["back"]["weights"]
    assert weights[str(first.index)]["others"] == [second.name]
    gradient = trace.parameters["conv.weight"].gradient
    assert gradient is not None
    for step in (first, second):
        assert np.array_equal(part.buffers[f"weight-gradient/{step.index}"], gradient.numpy())


def test_frozen_filters_are_said_to_learn_nothing() -> None:
    network = Made(lambda m, x: m.answer(m.conv(x)))
    network.conv.weight.requires_grad_(False)
    trace = explain(network, PIXELS, label=1)
    part = document.values(trace)
    step = next(s for s in trace.steps if s.op == "conv2d")
    assert part.fields["back"]["weights"][str(step.index)]["learns"] is False
    assert f"weight-gradient/{step.index}" not in part.buffers


def test_a_loss_of_ones_own_has_no_label_and_no_softmax() -> None:
    _, part = sent(lambda m, x: m.answer(m.conv(x)), label=None, loss=lambda y: y.square().sum())
    back = part.fields["back"]
    assert (back["label"], back["softmax"]) == (None, None)
    assert back["losses"][-1]["name"] == "loss"


def test_of_several_pictures_the_first_is_shown_and_filters_learn_from_all() -> None:
    pixels = torch.cat([PIXELS, 1 - PIXELS])
    trace, part = sent(lambda m, x: m.answer(m.conv(x)), pixels, label=[2, 0])
    back = part.fields["back"]
    assert (back["pictures"], back["label"]["index"], back["softmax"]["pictures"]) == (2, 2, 2)
    step = next(s for s in trace.steps if s.op == "conv2d")
    assert step.gradient is not None
    assert np.allclose(part.buffers[f"gradient/{step.index}"], step.gradient[0].numpy())
    head = next(s for s in trace.steps if s.op == "linear")
    assert f"weight-gradient/{head.index}" in part.buffers  # no product of two numbers that the page has


def test_what_is_cut_off_or_holds_whole_numbers_is_said_in_words() -> None:
    trace, part = sent(lambda m, x: m.answer(m.conv(x)) + m.conv(x).detach().mean() + x.long().sum())
    told = {s.name: part.fields["back"]["steps"][s.index] for s in trace.steps if s.gradient is None}
    assert told
    for name, one in told.items():
        assert one["size"] is None, name
        assert len(one["words"]) == 1
        assert one["words"][0].endswith(".")


def test_gradients_that_are_no_numbers_are_words_in_json() -> None:
    _, part = sent(lambda m, x: m.answer(m.conv(x)) * torch.sqrt(x.mean() * 0), label=0)
    sizes = [step["size"] for step in part.fields["back"]["steps"] if step["size"]]
    assert any(isinstance(size["mean"], str) for size in sizes)


def test_half_precision_and_complex_numbers_break_nothing() -> None:
    _, part = sent(lambda m, x: m.answer(torch.fft.ifft2(torch.fft.fft2(m.conv(x))).real))
    assert part.fields["back"]["label"]["index"] == 1
    trace = explain(Made(lambda m, x: m.answer(m.conv(x))).to(torch.bfloat16), PIXELS.to(torch.bfloat16), label=1)
    assert document.values(trace).fields["back"]["label"]["index"] == 1


def test_dropout_passes_back_by_the_mask_that_was_drawn() -> None:
    trace, part = sent(lambda m, x: m.answer(F.dropout(m.conv(x), 0.5, training=True)))
    step = next(s for s in trace.steps if s.op == "dropout")
    slopes = part.buffers[f"derivative/{step.index}"]
    kept = (step.output[0] != 0).numpy()
    assert np.array_equal(slopes, np.where(kept, np.float32(2), np.float32(0)))


def test_a_step_that_cannot_be_differentiated_alone_is_one_step_less(monkeypatch: pytest.MonkeyPatch) -> None:
    from fivebyfive.views.page import back

    def refused(*_: Any) -> list[Tensor]:
        raise RuntimeError("no")

    monkeypatch.setattr(back, "passed_back", refused)
    trace, part = sent(lambda m, x: m.answer(F.gelu(m.conv(x))))
    step = next(s for s in trace.steps if s.op == "gelu")
    assert f"derivative/{step.index}" not in part.buffers
    assert part.fields["back"]["steps"][step.index]["size"]
