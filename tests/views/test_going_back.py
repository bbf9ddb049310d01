"""The way back in the terminal: bars beside the code, sums that add up, never wider than the screen."""

import io
import math
import re

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from architectures import ARCHITECTURES
from backs import weighted
from fivebyfive.errors import InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.explain.backward.numbers import Scale, scale_of
from fivebyfive.networks import build
from fivebyfive.views.one_number import show_number
from fivebyfive.views.one_weight import show_weight
from fivebyfive.views.terminal import show
from fivebyfive.writing import number as written

WIDTHS = (50, 80, 120)


@pytest.fixture(scope="module")
def posts() -> Trace:
    torch.manual_seed(0)
    return explain(build("conv_net").eval(), torch.rand(1, 28, 28), label=4)


def listing(trace: Trace, width: int) -> str:
    file = io.StringIO()
    show(trace, Console(file=file, width=width), "a picture")
    return file.getvalue()


def coloured(trace: Trace, width: int) -> str:
    """As HTML: a style keeps the escape codes of the first console that it was printed on, whatever that could show."""
    console = Console(file=io.StringIO(), width=width, record=True, force_terminal=True, color_system="truecolor")
    show(trace, console, "a picture")
    return console.export_html(inline_styles=True)


def weight(trace: Trace, name: str, index: tuple[int, ...], width: int = 80) -> str:
    file = io.StringIO()
    show_weight(trace, name, index, Console(file=file, width=width))
    return file.getvalue()


def number(trace: Trace, name: str, place: tuple[int, int, int], width: int = 80) -> str:
    file = io.StringIO()
    show_number(trace, trace[name], *place, Console(file=file, width=width))
    return file.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
def test_beside_the_code_stands_the_gradients_size_and_how_it_goes_back(posts: Trace, width: int) -> None:
    text = listing(posts, width)
    said = " ".join(re.sub(r"[│░▒▓█.\-=≡]", " ", text).split())
    size = next(one for one in posts.gradient_sizes().steps if one.name == "fc1.relu")
    assert re.search(rf"← █+ {size.rms:.3g}", text)
    assert "Only the winner of a window is paid" in said
    assert f"the way back: loss {written(posts.loss or 0.0)} for the label 4" in text
    assert max(map(len, text.splitlines())) <= width


def test_bars_are_as_long_as_the_logarithm_says(posts: Trace) -> None:
    end = listing(posts, 80).partition("the way back: loss")[2]
    bars = dict(re.findall(r"^ +(\S+) (█+) ", end, re.MULTILINE))
    sizes = {one.name: one.rms for one in posts.gradient_sizes().steps}
    assert set(bars) == set(sizes)
    ordered = sorted(sizes, key=lambda name: sizes[name])
    lengths = [len(bars[name]) for name in ordered]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]


def test_each_ten_times_is_the_same_piece_of_a_bar() -> None:
    scale = scale_of([0.0, 1e-5, 3e-3, 0.9, math.nan, math.inf])
    assert scale == Scale(-6, 0)
    assert [len(scale.bar(10.0**n, 60)) for n in range(-6, 1)] == [1, 10, 20, 30, 40, 50, 60]
    assert scale.bar(0.0, 60) == scale.bar(math.nan, 60) == ""
    assert len(scale.bar(math.inf, 60)) == 60
    assert scale_of([]) == scale_of([0.0]) == Scale(-1, 0)
    assert len(scale_of([1.0]).bar(1.0, 10)) == 10


def test_without_colours_there_are_no_escape_codes_and_with_them_the_kinds(posts: Trace) -> None:
    assert "\x1b" not in listing(posts, 80)
    bar = re.escape('<span style="color: #2c6be8; text-decoration-color: #2c6be8">█')
    assert re.search(bar, coloured(posts, 80)), "a convolution's bar in the colour of convolutions"


def test_a_trace_without_a_way_back_says_nothing_of_it() -> None:
    text = listing(explain(build("conv_net").eval(), torch.rand(1, 28, 28)), 80)
    assert "←" not in text
    assert "way back" not in text


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_fixture_network_fits_every_screen(name: str) -> None:
    trace = explain(ARCHITECTURES[name].network(), ARCHITECTURES[name].image(), loss=weighted)
    for width in WIDTHS:
        text = listing(trace, width)
        assert max(map(len, text.splitlines())) <= width
        assert "the way back: loss" in text


# --- one number -------------------------------------------------------------------------------------------------------


def _numbers(text: str) -> list[float]:
    return [float(n.replace("−", "-")) for n in re.findall(r"(?<![\w.])−?\d+(?:\.\d+)?(?:e[−+]?\d+)?", text)]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_weights_card_adds_up(posts: Trace, width: int) -> None:
    gradient = posts.parameters["weights.wc2"].gradient
    assert gradient is not None
    index = tuple(int(i) for i in torch.unravel_index(gradient.abs().argmax(), gradient.shape))
    text = weight(posts, "weights.wc2", index, width)
    place = f"weights.wc2[{', '.join(map(str, index))}]"
    assert text.startswith(f"{place} = ")
    assert 'conv2 = conv2d(conv1, weights["wc2"]' in text
    assert f"∂L/∂{place}" in text.replace("\n", " ")
    rows = re.findall(r"^  \S.*\[\d+, \d+, \d+\] +(\S+) × +(\S+) = +(\S+)", text, re.MULTILINE)
    assert 2 <= len(rows) <= 12
    sums = {
        row[0]: _numbers(row[1])[-1]
        for row in re.findall(r"^  (sum of|\d.* together|the gradient)(.*)$", text, re.MULTILINE)
    }
    said = float(gradient[index])
    assert sums["the gradient"] == pytest.approx(said, rel=1e-3)
    assert sum(value for name, value in sums.items() if name != "the gradient") == pytest.approx(said, rel=1e-2)
    for value, grows, product in rows[:3]:
        (a,), (b,), (c,) = map(_numbers, (value, grows, product))
        assert a * b == pytest.approx(c, rel=0.1, abs=5e-3)
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_a_numbers_card_has_its_way_back_too(posts: Trace, width: int) -> None:
    step = posts["conv1.relu"]
    assert step.gradient is not None
    y, x = (int(i) for i in torch.unravel_index(step.gradient[0, :, :, 3].abs().argmax(), (28, 28)))
    text = number(posts, "conv1.relu", (y, x, 3), width)
    back = text.partition("the way back ─")[2]
    assert back
    assert "everywhere else it is blocked" in " ".join(back.split())
    assert re.search(r"the gradient +(\S+)", back)
    assert float(re.findall(r"the gradient +(\S+)", back)[-1].replace("−", "-")) == pytest.approx(
        float(step.gradient[0, y, x, 3]), rel=1e-3
    )
    assert max(map(len, text.splitlines())) <= width


def test_a_number_that_no_gradient_reaches_says_why() -> None:
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            best = x.flatten(1).argmax(1)
            result: Tensor = self.fc(x.flatten(1)) + best
            return result

    trace = explain(Cut(), torch.rand(1, 1, 4, 4), label=1)
    text = " ".join(number(trace, next(step.name for step in trace.steps if step.op == "argmax"), (0, 0, 0)).split())
    assert "holds whole numbers" in text


def test_a_place_that_is_none_is_an_error(posts: Trace) -> None:
    with pytest.raises(InputError, match="is no place in it"):
        weight(posts, "weights.wc2", (9, 0, 0, 0))
    with pytest.raises(InputError, match=r"no parameter is called 'wc2'; the nearest are weights\.wc"):
        weight(posts, "wc2", (0, 0, 0, 0))
