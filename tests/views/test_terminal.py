"""A trace in the terminal: the code with what it did, readable, and never wider than the screen."""

import io
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from rich.console import Console
from torch import Tensor, nn

import architectures
from fivebyfive.explain import Trace, explain
from fivebyfive.model import load_own
from fivebyfive.views.listing import listings
from fivebyfive.views.terminal import show

GOLDEN = """\
Small · a bar ──────────────────────────────────────────────────────────────────
                              7 steps, 38 parameters
                              338 MACs (multiply-accumulates)

       ▒▒▒▒▒▒▒▒▒▒▒▒▒▒         ░▒▓█ above zero, .-=≡ below; every line of code
       ██████████████         has its own scale
       ██████████████
       ██████████████







Small.forward · conftest.py ────────────────────────────────────────────────────
   n │ def forward(self, x: Tensor) -> Tensor:
   n │     # Sums of neighbours                   ▒▒▒██████▒▒▒
   n │     x = F.relu(self.conv(x))               ▒▒▒██████▒▒▒
     │ convolution  4×4×1 → 4×4×2                 ▒▒▒██████▒▒▒
     │ 20 parameters · 320 MACs                   ▒▒▒██████▒▒▒
     │ 0 … 2.500, channels 0, 1 of 0–1            ▒▒▒▒▒▒▒▒▒▒▒▒
     │ conv    4×4×2          20                  ░░░░░░░░░░░░
     │ x.relu  4×4×2

   n │     x = F.max_pool2d(x, 2)                 ██████████████
     │ pooling  4×4×2 → 2×2×2                     ██████████████
     │ 0 … 2.500, channels 0, 1 of 0–1            ██████████████
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


def plain(trace: Trace, width: int = 80, subject: str = "") -> str:
    """What a pipe gets."""
    file = io.StringIO()
    show(trace, Console(file=file, width=width, force_terminal=False), subject)
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


def test_the_steps_of_a_sequential_say_what_they_do() -> None:
    network = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True)), nn.Flatten())
    text = plain(explain(network, torch.rand(1, 4, 4)))
    for name in ("0.0 · conv2d", "0.1 · relu", "1 · flatten"):
        assert name in text
