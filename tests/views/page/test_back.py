"""Every number of the page's way back is autograd's, in Chromium: gradients, what is passed back, and weights' sums."""

import math
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fivebyfive.explain.layout import as_maps
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import write

from .conftest import Open
from .going_back import NETWORKS, go_back, traced
from .test_numbers import by_turns, places

NOT_WORKED_OUT = {"multi_head_attention_forward"}


RESIDUAL = pytest.param("residual", marks=pytest.mark.exhaustive)
"""More of the same: "batch norm that learns" is this network too."""


@pytest.fixture(scope="module", params=["conv_net", RESIDUAL, *(name for name in NETWORKS if name != "residual")])
def gone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trace, Path]:
    trace = traced(request.param)
    path = tmp_path_factory.mktemp("back") / "page.html"
    write(trace, path)
    return trace, path


def near(value: float, scale: float) -> Any:
    return pytest.approx(value, rel=2e-5, abs=2e-5 * scale + 1e-12)


def test_every_gradient_and_what_it_is_made_of(gone: tuple[Trace, Path], opened: Open) -> None:
    trace, path = gone
    page = opened(path, "way=back")
    for step, (y, x, channel) in by_turns(trace.steps):
        shown = go_back(page, step, y, x, channel)
        if step.gradient is None:
            assert shown["gradient"] is None
            continue
        own = float(as_maps(step.gradient, step.layout)[channel, y, x])
        assert shown["gradient"] == near(own, abs(own)), step.name
        _expect_terms(step, shown, step.back(y, x, channel))


def _expect_terms(step: Step, shown: dict[str, Any], found: Arithmetic) -> None:
    """What the page lists is what Python lists, and adds up to the same."""
    names = {consumer.name for consumer in step.consumers if consumer.op in NOT_WORKED_OUT}
    if shown["sum"] is None:
        assert shown["unknown"]
        assert set(shown["unknown"]) <= names
        return
    scale = sum(abs(term.product) for term in found.terms) + abs(found.total)
    assert shown["sum"] == near(found.total, scale), step.name
    told = {(term.step, *(term.position or ())): term for term in found.terms}
    for term in shown["terms"]:
        said = told.get((term["step"], term["y"], term["x"], term["channel"]))
        if said is None:
            assert term["product"] == 0
            continue
        for what in ("value", "weight", "product"):
            assert term[what] == near(getattr(said, what), max(1e-3, abs(getattr(said, what)))), (step.name, what)


def test_the_window_seen_from_the_other_side(gone: tuple[Trace, Path], opened: Open) -> None:
    """The three grids: the gradients of one filter's windows, its cells, and the products, which add up."""
    trace, path = gone
    page = opened(path, "way=back")
    looked = 0
    for step in trace.steps:
        later = [c for c in step.consumers if c.attributes.get("kernel") and c.weight is not None]
        if len(later) != 1 or step.gradient is None:
            continue
        y, x, channel = places(step)[0]
        shown = go_back(page, step, y, x, channel)
        gradients, filters, products = shown["grids"]
        for gradient, cell, product in zip(gradients, filters, products, strict=True):
            assert product == near(gradient * cell, abs(product))
        (whole,) = shown["filters"]
        assert whole == near(math.fsum(products), sum(map(abs, products)))
        looked += 1
    assert looked


def test_every_weights_sum_is_its_gradient(gone: tuple[Trace, Path], opened: Open) -> None:
    trace, path = gone
    page = opened(path, "way=back")
    looked = 0
    names = {id(parameter.value): name for name, parameter in trace.parameters.items()}
    for step in trace.steps:
        if step.weight is None or id(step.weight) not in names or step.kind not in ("convolution", "fully connected"):
            continue
        own = trace.parameters[names[id(step.weight)]]
        for y, x, channel in places(step)[:2]:
            shown = go_back(page, step, y, x, channel)["weight"]
            if shown["at"] is None:
                assert step.name == "fc1.matmul"
                continue
            for _ in range(2):
                _expect_weight(step, own.value, own.gradient, page)
                _another_weight(page)
            looked += 1
    assert looked


def _expect_weight(step: Step, value: Any, gradient: Any, page: Page) -> None:
    from .going_back import READ

    shown = page.evaluate(READ)["weight"]
    index = _index(step, tuple(shown["at"]))
    scale = float(gradient.abs().max())
    assert shown["value"] == near(value[index].item(), abs(value[index].item()))
    assert shown["gradient"] == near(float(gradient[index]), scale), (step.name, index)
    assert shown["sum"] == near(float(gradient[index]), scale), (step.name, index)


def _another_weight(page: Page) -> None:
    """The filter's next cell, or what it looks at next."""
    page.locator("#layer [data-map=filter]").press("ArrowRight")
    after = page.locator("#layer [data-source-go=after]")
    if after.is_enabled():
        after.click()


def _index(step: Step, at: tuple[int, int, int]) -> tuple[int, ...]:
    """Where in the parameter the weight stands that the page calls filter, input, cell."""
    channel, source, tap = at
    shape = tuple(step.weight.shape)  # type: ignore[union-attr]
    if len(shape) == 2:
        return (channel, source) if step.op == "linear" else (source, channel)
    if "strides" in step.call.values:  # height, width, in, out
        return (tap // shape[1], tap % shape[1], source, channel)
    height, width = tap // shape[-1], tap % shape[-1]
    groups = step.attributes["groups"]
    if step.attributes.get("transposed"):
        return (source, channel % shape[1], height, width)
    return (channel, source % (step.origins[0].size[2] // groups), height, width)


def test_a_biases_gradient_is_its_maps_added_up(gone: tuple[Trace, Path], opened: Open) -> None:
    trace, path = gone
    page = opened(path, "way=back")
    names = {id(parameter.value): parameter for parameter in trace.parameters.values()}
    for step in trace.steps:
        parameter = names.get(id(step.bias))
        y, x, channel = places(step)[0]
        shown = go_back(page, step, y, x, channel)["bias"]
        if parameter is not None and parameter.gradient is not None and shown is not None:
            assert step.gradient is not None
            scale = float(as_maps(step.gradient, step.layout)[channel].abs().sum())
            assert shown == near(float(parameter.gradient[channel]), scale), step.name


def test_the_strip_has_every_steps_size_and_leads_there(gone: tuple[Trace, Path], opened: Open) -> None:
    trace, path = gone
    page = opened(path, "way=back")
    for step in trace.steps:
        bar = page.locator(f'[data-size="{step.name}"]').first
        said = float(bar.get_attribute("data-value") or "nan")
        if step.gradient is None:
            assert math.isnan(said)
        else:
            assert said == near(float(step.gradient.double().square().mean().sqrt()), 1e-3)
    page.locator("[data-size]").nth(1).click()
    expect(page.locator("[data-layer]")).to_have_text(trace.steps[1].name)
