"""An account in the terminal and in a notebook: what adds up, the maps, the test, and what it cannot tell."""

import re

import pytest
import torch
from rich.console import Console
from torch import nn

from fivebyfive import datasets, model
from fivebyfive.explain import Trace, explain
from fivebyfive.explain.why.telling import LIMITS
from fivebyfive.views.why import show_why
from fivebyfive.writing import number


@pytest.fixture(scope="module")
def seven() -> Trace:
    return explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])


def printed(trace: Trace, *asked: str, width: int = 100, colour: bool = False) -> str:
    import io

    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None)
    show_why(trace.why(*asked), console)
    return file.getvalue()


def test_what_is_listed_adds_up_to_the_number(seven: Trace) -> None:
    text = printed(seven)
    rows = dict(re.findall(r"^  (\S.*?)  +([−\d.]+) *█*$", text, re.MULTILINE))
    amounts = {name: float(value.replace("−", "-")) for name, value in rows.items()}
    whole = amounts.pop("all together")
    assert whole == pytest.approx(sum(amounts.values()), abs=5e-4)
    assert whole == pytest.approx(seven.why().value, abs=5e-5)
    assert {"the pixels", "conv1.bias_add, bias", "out.add, bias"} <= set(amounts)


def test_the_test_is_what_really_happens(seven: Trace) -> None:
    text = " ".join(printed(seven).split())
    found = re.search(
        r"a black patch of 5×5 at y (\d+), x (\d+): (\S+) becomes (\S+); the answer is (\d), (\S+)%", text
    )
    assert found
    changed = seven.why().cover(int(found[1]), int(found[2]), 5)
    assert (found[4], found[5]) == (number(changed.after), changed.prediction[0][0])
    off = re.search(r"channel (\d+) of (\S+) switched off: \S+ becomes (\S+);", text)
    assert off
    assert off[3] == number(seven.why().without(off[2], int(off[1])).after)


def test_it_says_what_it_cannot_tell(seven: Trace) -> None:
    text = " ".join(printed(seven, "9", "4").split())
    assert "why 9, and not 4?" in text
    assert all(limit in text for limit in LIMITS)


def test_without_colour_there_is_none_and_in_a_narrow_terminal_nothing_is_wider(seven: Trace) -> None:
    assert "\x1b" not in printed(seven)
    assert "\x1b" in printed(seven, colour=True)
    assert max(map(len, printed(seven, width=60).splitlines())) <= 60


def test_a_network_of_many_steps_names_some_and_counts_the_others() -> None:
    layers = [layer for _ in range(12) for layer in (nn.Conv2d(3, 3, 3, padding=1), nn.ReLU())]
    text = printed(explain(nn.Sequential(*layers, nn.Flatten(), nn.Linear(108, 4)), torch.rand(1, 3, 6, 6)))
    assert re.search(r"\d+ steps before these are left out", text)


def test_a_network_without_pictures_has_its_account_too() -> None:
    text = printed(explain(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), torch.rand(1, 4)))
    assert "all together" in text


def test_a_notebook_shows_the_same_in_colour(seven: Trace) -> None:
    html = seven.why()._repr_html_()
    assert html.startswith("<pre")
    assert "It adds up" in html
    assert "<script" not in html


def test_nothing_foreign_becomes_markup() -> None:
    network = nn.Sequential(nn.Linear(4, 2))
    html = explain(network, torch.rand(1, 4), classes=["<b>", "&x"]).why("<b>")._repr_html_()
    assert "<b>" not in html
