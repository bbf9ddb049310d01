"""One number's arithmetic as a prompt and a notebook show it."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from fivebyfive.explain import explain
from fivebyfive.explain.step import Arithmetic
from fivebyfive.explain.written import LONGEST_FORMULA


def linear(values: int) -> Arithmetic:
    """What a fully connected layer of so many inputs makes of ones: its weights are 1, 2, 3 …, its bias −1."""
    network = nn.Linear(values, 1)
    with torch.no_grad():
        network.weight.copy_(torch.arange(1.0, values + 1))
        network.bias.fill_(-1.0)
    steps = explain(nn.Sequential(nn.Flatten(), network), torch.ones(1, 1, values)).steps
    return next(step for step in steps if step.kind == "fully connected").arithmetic()


def test_a_prompt_shows_the_value_how_it_came_about_and_its_formula() -> None:
    found = linear(3)
    head, symbols, figures = repr(found).splitlines()
    assert head == "5 at y=0, x=0, channel=0: sum of 3 terms, bias −1"
    assert symbols == found.symbols
    assert figures == found.figures


def test_a_long_formula_is_cut_at_a_prompt_and_whole_in_a_notebook() -> None:
    found = replace(linear(3), figures=" + ".join(["1·1"] * 200))
    *_, figures = repr(found).splitlines()
    assert figures == f"{found.figures[:LONGEST_FORMULA]} …"
    assert found._repr_html_().count("<mn>1</mn><mo>·</mo><mn>1</mn>") == 200


@pytest.mark.parametrize(("values", "rows", "more"), [(3, 3, None), (20, 12, "and 8 more")])
def test_a_notebook_has_the_terms_that_weigh_most_as_a_table(values: int, rows: int, more: str | None) -> None:
    text = linear(values)._repr_html_()
    products = [float(p) for p in re.findall(r"<tr><td>[^<]+</td><td>[^<]+</td><td>([^<]+)</td>", text)]
    assert len(products) == rows
    assert products == sorted(products, reverse=True)
    assert (more in text) if more else "more" not in text
