"""One number in the terminal: window, filter, products and a sum that adds up, never wider than the screen."""

import io
import re

import pytest
import torch
import torch.nn.functional as F
from rich.console import Console
from torch import Tensor, nn

from fivebyfive.explain import Step, Trace, explain
from fivebyfive.views.one_number import show_number


def one_number(trace: Trace, step: Step, place: tuple[int, int, int], width: int = 80) -> str:
    file = io.StringIO()
    show_number(trace, step, *place, Console(file=file, width=width, force_terminal=False))
    return file.getvalue()


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
