"""A trace and one number of it in the terminal: whole, readable, and never wider than the screen."""

# mypy: disable-error-code="no-any-return"

import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from torch import Tensor, nn

import architectures
from architectures import ARCHITECTURES
from fivebyfive.explain import Step, Trace, explain
from fivebyfive.model import load_own
from fivebyfive.views import blocks
from fivebyfive.views.listing import listings
from fivebyfive.views.one_number import show_number
from fivebyfive.views.terminal import show


class Small(nn.Module):
    """Weights that anyone can check by hand: the 3×3 filter is all ones, the second one its negative."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.fc = nn.Linear(8, 2)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1).expand(2, 1, 3, 3))
            self.conv.bias.copy_(torch.tensor([0.5, 0.0]))  # type: ignore[union-attr]
            self.fc.weight.copy_(torch.tensor([1.0, -1.0])[:, None].expand(2, 8) / 8)
            self.fc.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        # Sums of neighbours
        x = F.relu(self.conv(x))
        x = F.max_pool2d(x, 2)
        x = x.flatten(1)
        return self.fc(x)


GOLDEN = """\
Small · a bar ──────────────────────────────────────────────────────────────────
                              7 steps, 38 parameters
                              338 MACs (multiply-accumulates)

       ▒▒▒▒▒▒▒▒▒▒▒▒▒▒         ░▒▓█ above zero, .-=≡ below; every line of code
       ██████████████         has its own scale
       ██████████████
       ██████████████







Small.forward · test_terminal.py ───────────────────────────────────────────────
   n │ def forward(self, x: Tensor) -> Tensor:
   n │     # Sums of neighbours                   ▒▒▒██████▒▒▒
   n │     x = F.relu(self.conv(x))               ▒▒▒██████▒▒▒
     │ convolution  4×4×1 → 4×4×2                 ▒▒▒██████▒▒▒
     │ 20 parameters · 320 MACs                   ▒▒▒██████▒▒▒
     │ 0 … 2.500, channels 0, 1 of 2              ▒▒▒▒▒▒▒▒▒▒▒▒
     │ conv    4×4×2          20                  ░░░░░░░░░░░░
     │ x.relu  4×4×2

   n │     x = F.max_pool2d(x, 2)                 ██████████████
     │ pooling  4×4×2 → 2×2×2                     ██████████████
     │ 0 … 2.500, channels 0, 1 of 2              ██████████████
     │ step x.max_pool2d                          ██████████████
                                                  ██████████████
                                                  ██████████████
                                                  ██████████████

   n │     x = x.flatten(1)                       ████████████
     │ reshaping  2×2×2 → 8
     │ 0 … 2.500
     │ step x.flatten

   n │     return self.fc(x)                      ██████████████≡≡≡≡≡≡≡≡≡≡≡≡≡≡
     │ fully connected  8 → 2
     │ 18 parameters · 18 MACs
     │ −1.250 … 1.250
     │ step fc

the answer ─────────────────────────────────────────────────────────────────────
 0 ██████████████████████████████████████████████▎ 92.4%
 1 ███▊ 7.6%
"""


@pytest.fixture(scope="module")
def small() -> Trace:
    image = torch.zeros(1, 4, 4)
    image[0, 1, 1:3] = 1.0
    return explain(Small().eval(), image)


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    return {name: explain(a.network(), a.image(), name=name) for name, a in ARCHITECTURES.items()}


def plain(trace: Trace, width: int = 80, subject: str = "") -> str:
    """What a pipe gets."""
    file = io.StringIO()
    show(trace, Console(file=file, width=width, force_terminal=False), subject)
    return file.getvalue()


def one_number(trace: Trace, step: Step, place: tuple[int, int, int], width: int = 80) -> str:
    file = io.StringIO()
    show_number(trace, step, *place, Console(file=file, width=width, force_terminal=False))
    return file.getvalue()


# --- the listing ----------------------------------------------------------------------------------------------------


def test_the_code_stands_beside_what_it_did(small: Trace) -> None:
    text = re.sub(r"^ +\d+ │", "   n │", plain(small, subject="a bar"), flags=re.MULTILINE)
    assert text == GOLDEN


def test_a_line_of_several_steps_names_them_all(small: Trace) -> None:
    text = plain(small, width=60)
    assert re.search(r"│ conv +4×4×2 +20$", text, re.MULTILINE)
    assert re.search(r"│ x\.relu +4×4×2$", text, re.MULTILINE)


def test_the_answer_comes_last_the_most_probable_first(small: Trace) -> None:
    end = plain(small).partition("the answer")[2].splitlines()[1:]
    label, probability = small.prediction[0]
    assert re.fullmatch(rf" {label} █+[▏▎▍▌▋▊▉]? {probability:.1%}", end[0])
    assert len(end) == 2


def test_without_classes_the_output_is_shown_instead(traces: dict[str, Trace]) -> None:
    text = plain(traces["u-shaped"])
    assert "the answer" not in text
    assert "21×16×2" in text.partition("the output")[2]


def test_a_pipe_gets_no_escape_codes_and_no_blanks_at_the_ends(traces: dict[str, Trace]) -> None:
    for trace in traces.values():
        text = plain(trace)
        assert "\x1b" not in text
        assert not any(line.endswith(" ") for line in text.splitlines())


def test_a_terminal_without_unicode_gets_plain_letters_for_pictures(small: Trace) -> None:
    file = io.TextIOWrapper(io.BytesIO(), "ascii", errors="replace")
    show(small, Console(file=file, width=80, force_terminal=False))
    file.flush()
    assert b"@@@@" in file.buffer.getvalue()


@pytest.mark.parametrize("width", [40, 80, 120, 250])
def test_no_line_is_wider_than_the_screen(traces: dict[str, Trace], width: int) -> None:
    for trace in traces.values():
        assert max(map(len, plain(trace, width).splitlines())) <= width


def test_a_wider_screen_shows_more_feature_maps(traces: dict[str, Trace]) -> None:
    shown = {width: plain(traces["plain"], width) for width in (80, 120, 200)}
    maps = {
        w: max(len(found.split(",")) for found in re.findall(r"channels? ([\d, ]+) of", text))
        for w, text in shown.items()
    }
    assert maps == {80: 2, 120: 4, 200: 6}


def test_a_terminal_gets_colours(small: Trace) -> None:
    file = io.StringIO()
    show(small, Console(file=file, width=80, force_terminal=True, color_system="truecolor", no_color=False))
    assert re.search(r"48;2;\d+;\d+;\d+", file.getvalue())
    assert "▀▀▀" in file.getvalue()


def test_colours_are_those_that_the_terminal_has() -> None:
    values = np.array([[-1.0, 0.0, 1.0]])
    assert blocks.paints(values, 1.0, "truecolor") == [["#ffb020", "#14161a", "#56b4e9"]]
    assert blocks.paints(values, 1.0, "256") == [["color(214)", "color(233)", "color(117)"]]
    assert blocks.paints(values, 1.0, "standard") == [["bright_yellow", "black", "bright_cyan"]]


# --- which functions are shown --------------------------------------------------------------------------------------


def test_every_step_is_in_a_listing_and_every_function_once(traces: dict[str, Trace]) -> None:
    for name, trace in traces.items():
        found = listings(trace)
        assert len({(each.file, each.name) for each in found}) == len(found)
        with_lines = {s.index for s in trace.steps if s.chain}
        listed = {s.index for each in found for run in each.runs for s in run.steps}
        assert with_lines <= listed, name


def test_a_block_that_runs_often_is_shown_once_by_its_fullest_run(traces: dict[str, Trace]) -> None:
    block = next(each for each in listings(traces["residual"]) if len(each.runs) > 2)
    assert {run.name for run in block.runs} >= {"layer1.0", "layer2.0"}
    assert block.shown.name == "layer2.0", "the first with a shortcut of its own"
    assert "shown here: layer2.0" in plain(traces["residual"])


def test_callers_come_before_what_they_call(traces: dict[str, Trace]) -> None:
    names = [each.name for each in listings(traces["u-shaped"])]
    assert names == ["UNet.forward", "DoubleConv.forward"]


def test_a_sequential_is_listed_by_the_lines_that_made_its_modules() -> None:
    network = load_own(f"{Path(architectures.__file__).parent}/sequential.py:net")
    (listing,) = listings(explain(network, torch.rand(1, 28, 28)))
    assert [row.items[0].name for row in listing.rows if row.items][:3] == ["0", "1", "2"]
    assert "nn.Conv2d(1, 6, 5, padding=2)," in plain(explain(network, torch.rand(1, 28, 28)))


def test_loops_stay_one_run_of_the_function_that_they_stand_in(traces: dict[str, Trace]) -> None:
    forward = listings(traces["mixed"])[0]
    assert len(forward.runs) == 1
    items = [item.name for row in forward.rows for item in row.items]
    assert items[:4] == ["convs.0", "x.silu", "convs.1", "x.silu#2"]


class Branches(nn.Module):
    """Comprehensions, and calls within calls, each over several lines: the inner ones run first."""

    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleList([nn.Conv2d(3, 2, 1), nn.Conv2d(3, 2, 3, padding=1)])

    # fmt: off
    def forward(self, x: Tensor) -> Tensor:
        maps = {
            n: branch(x) for n, branch in enumerate(self.branches)
        }
        y = torch.cat(
            [
                F.relu(
                    m
                ) for m in maps.values()
            ], dim=1,
        )
        return F.softmax(
            torch.mean(
                y, (2, 3)
            ), dim=1
        )
    # fmt: on


def test_a_statement_over_many_lines_stays_in_one_run_of_its_function() -> None:
    trace = explain(Branches(), torch.rand(3, 6, 6))
    (listing,) = listings(trace)
    assert (listing.name, len(listing.runs)) == ("Branches.forward", 1)
    assert [step.op for row in listing.rows for step in row.steps] == [
        "conv2d", "conv2d", "cat", "relu", "relu", "softmax", "mean",
    ]  # fmt: skip
    assert [step.name for step in trace.steps[1:]] == [
        "branches.0", "branches.1", "y.relu", "y.relu#2", "y.cat", "mean", "softmax", "output",
    ]  # fmt: skip
    assert all(step.wrapper is None for step in trace.steps)


def test_a_listing_is_as_long_as_the_code_not_as_the_network_is_deep() -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convs = nn.ModuleList(nn.Conv2d(2, 2, 3, padding=1) for _ in range(120))

        def forward(self, x: Tensor) -> Tensor:
            for conv in self.convs:
                x = conv(x)
            return x

    text = plain(explain(Deep(), torch.rand(2, 6, 6)))
    assert len(text.splitlines()) < 60
    assert "… 111 more …" in text


# --- one number -----------------------------------------------------------------------------------------------------


def test_a_convolution_is_window_filter_products_and_sum(small: Trace) -> None:
    text = one_number(small, small["conv"], (0, 1, 0))
    assert text.startswith("conv at y 0, x 1, channel 0 = 2.500 ─")
    assert (
        """
   window              × filter            = products
        0     1     2
−1      ·     ·     ·   1.000 1.000 1.000   0.0000 0.0000 0.0000
 0  0.000 0.000 0.000   1.000 1.000 1.000   0.0000 0.0000 0.0000
 1  0.000 1.000 1.000   1.000 1.000 1.000   0.0000 1.0000 1.0000

· is padding, and counts as 0

  sum of 9 products  2.0000  ████████████████████
  bias               0.5000  █████
  total              2.5000
"""
        in text
    )
    assert "then x.relu: " in text, "what becomes of it"


def test_pooling_marks_the_winner(small: Trace) -> None:
    text = one_number(small, small["x.max_pool2d"], (0, 0, 0))
    assert "[2.500]" in text
    assert "[…] is the one that wins" in text


def test_of_many_channels_the_largest_are_shown_and_the_others_counted(traces: dict[str, Trace]) -> None:
    trace = traces["plain"]
    step = next(s for s in trace.steps if s.kind == "convolution" and s.origins[0].size[2] == 8)
    text = one_number(trace, step, (3, 3, 1))
    assert text.count("× filter") == 3
    assert len(re.findall(r"^  channel \d+ ", text, re.MULTILINE)) == 8


def test_what_is_printed_adds_up(traces: dict[str, Trace]) -> None:
    for trace in traces.values():
        for step in trace.steps:
            if step.kind not in ("convolution", "fully connected") or not step.arithmetic().terms:
                continue
            height, width, channels = step.size
            text = one_number(trace, step, (height // 2, width // 2, channels - 1))
            sums = re.findall(r"^  (.+?)  +(−?[\d.]+)(?:  █*)?$", text.partition("total")[0], re.MULTILINE)
            parts = [
                float(value.replace("−", "-"))
                for what, value in sums
                if re.match(r"channel \d+$|sum of|bias|[\d,]+ (other|smaller)", what)
            ]
            total = re.search(r"^  total +(−?[\d.]+)$", text, re.MULTILINE)
            assert total is not None, step.name
            shown = float(total.group(1).replace("−", "-"))
            last_digit = 10.0 ** -len(total.group(1).partition(".")[2])
            assert sum(parts) == pytest.approx(shown, abs=last_digit * (len(parts) + 1)), step.name
            assert shown == pytest.approx(step.value(height // 2, width // 2, channels - 1), abs=last_digit)


def test_a_fully_connected_layer_shows_its_largest_products_and_counts_the_others(traces: dict[str, Trace]) -> None:
    step = next(s for s in traces["plain"].steps if s.kind == "fully connected" and s.origins[0].size[2] > 500)
    text = one_number(traces["plain"], step, (0, 0, 3))
    products = [float(p.replace("−", "-")) for p in re.findall(r"= +(−?[\d.]+)  █", text)]
    assert len(products) == 12
    assert [abs(p) for p in products] == sorted((abs(p) for p in products), reverse=True)
    others = re.search(r"([\d,]+) smaller products together", text)
    assert others is not None
    assert int(others.group(1).replace(",", "")) + 12 == step.origins[0].size[2]


def test_what_is_computed_from_weights_alone_can_be_shown() -> None:
    class Centred(nn.Conv2d):
        def forward(self, x: Tensor) -> Tensor:
            return F.conv2d(x, self.weight - self.weight.mean((1, 2, 3), keepdim=True))

    trace = explain(Centred(1, 2, 3), torch.rand(1, 5, 5))
    console = Console(file=io.StringIO(), width=80)
    show_number(trace, trace["mean"], 0, 0, 0, console)
    assert console.file.getvalue().count("constant") == 9  # type: ignore[attr-defined]


def test_every_kind_of_step_can_be_shown_and_fits_the_screen(traces: dict[str, Trace]) -> None:
    for trace in traces.values():
        for step in trace.steps:
            height, width, channels = step.size
            text = one_number(trace, step, (height - 1, width // 2, channels - 1), width=72)
            assert max(map(len, text.splitlines())) <= 72


# --- blocks -----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_picture_fits_its_box_and_keeps_its_proportions(height: int, width: int) -> None:
    rows, columns = blocks.fit(np.ones((height, width)), 14, 14).shape
    assert rows <= 14
    assert columns <= 14
    assert max(rows, columns) > 7, "the box is used"
    assert abs(rows * width - columns * height) <= max(height, width), "off by half a cell at most"


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5))
def test_averaging_keeps_a_constant(height: int, width: int, value: int) -> None:
    assert blocks.fit(np.full((height, width), float(value)), 9, 9) == pytest.approx(value)


@given(st.integers(1, 3000))
def test_a_list_of_numbers_fits_its_strip(count: int) -> None:
    rows, columns = blocks.strip(np.ones(count), 6, 29).shape
    assert rows <= 6
    assert columns <= 29


def test_zero_is_dark_and_the_signs_are_orange_and_blue() -> None:
    colours = blocks.colours(np.array([-2.0, -0.5, 0.0, 0.5, 2.0, np.nan]), 2.0)
    assert tuple(colours[0]) == blocks.BELOW
    assert tuple(colours[4]) == blocks.ABOVE
    assert tuple(colours[2]) == tuple(colours[5]) == blocks.ZERO
    assert colours[1][0] > colours[1][2]
    assert colours[3][2] > colours[3][0]


def test_without_colour_blocks_are_above_zero_and_strokes_below() -> None:
    (line,) = blocks.shades(np.array([[-1.0, -0.5, 0.0, 0.5, 1.0]] * 2), 1.0)
    assert line.plain == "≡- ▒█"
