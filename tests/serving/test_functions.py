"""The curves that the page draws are PyTorch's functions: each is asked in the browser, and compared."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser, Page
from storm import Served
from test_pad import chromium, server
from torch import Tensor

__all__ = ["chromium", "server"]

XS = torch.linspace(-7, 7, 57, dtype=torch.float64)
ASKED = """async ([name, xs, attributes]) => {
    const { FUNCTIONS } = await import("/static/js/sums/functions.js");
    return xs.map((x) => FUNCTIONS[name].f(x, attributes));
}"""
CASES: dict[str, tuple[str, dict[str, object], Callable[[Tensor], Tensor]]] = {
    "relu": ("relu", {}, F.relu),
    "relu6": ("relu6", {}, F.relu6),
    "leaky relu": ("leaky_relu", {"negative_slope": 0.3}, lambda x: F.leaky_relu(x, 0.3)),
    "elu": ("elu", {"alpha": 0.7}, lambda x: F.elu(x, 0.7)),
    "selu": ("selu", {}, F.selu),
    "sigmoid": ("sigmoid", {}, torch.sigmoid),
    "tanh": ("tanh", {}, torch.tanh),
    "silu": ("silu", {}, F.silu),
    "gelu": ("gelu", {"approximate": "none"}, F.gelu),
    "gelu by tanh": ("gelu", {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    "softplus": ("softplus", {"beta": 2}, lambda x: F.softplus(x, 2)),
    "softsign": ("softsign", {}, F.softsign),
    "hardsigmoid": ("hardsigmoid", {}, F.hardsigmoid),
    "hardswish": ("hardswish", {}, F.hardswish),
    "mish": ("mish", {}, F.mish),
}


@pytest.fixture(scope="module")
def page(chromium: Browser, server: Served) -> Page:
    opened = chromium.new_page()
    opened.goto(server.url)
    opened.wait_for_selector("html[data-ready]")
    return opened


@pytest.mark.parametrize("case", CASES)
def test_a_curve_is_the_function_of_its_name(page: Page, case: str) -> None:
    name, attributes, function = CASES[case]
    drawn = torch.tensor(page.evaluate(ASKED, [name, XS.tolist(), attributes]), dtype=torch.float64)
    torch.testing.assert_close(drawn, function(XS), rtol=1e-6, atol=1e-6)
