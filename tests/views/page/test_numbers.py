"""Every number on the page is the trace's own: in the middle, at the edge and in the corner, for every kind of step."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from architectures import ARCHITECTURES
from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import write
from fivebyfive.views.page.structure import form_of

from .conftest import Open
from .reading import assert_cells, close, every_product, go, grids, number


def places(step: Step) -> list[tuple[int, int, int]]:
    """Middle, edge and corners, each in another map."""
    height, width, channels = step.size
    at = [(height // 2, width // 2), (0, width // 2), (0, 0), (height - 1, width - 1)]
    found = dict.fromkeys((y, x, (7 * i + 3) % channels) for i, (y, x) in enumerate(at))
    return list(found)


def by_turns(steps: list[Step]) -> Iterator[tuple[Step, tuple[int, int, int]]]:
    """Each step with its middle, and with its edge, a corner or the other, whichever is next."""
    for n, step in enumerate(steps):
        middle, *others = places(step)
        yield step, middle
        if others:
            yield step, others[n % len(others)]


@pytest.mark.parametrize("name", ["conv_net", "colour"])
def test_every_step(name: str, request: pytest.FixtureRequest, opened: Open) -> None:
    trace: Trace = request.getfixturevalue(name)
    chosen = [(step, place) for step in trace.steps for place in places(step)]
    assert_every_number(chosen, opened(request.getfixturevalue(f"{name}_file")))


ONCE = ("residual", "squeeze and excite", "mixed", "height, width, channels")
"""With the networks of test_working these have all kinds of step; the others are more of the same."""


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in ONCE else [pytest.mark.exhaustive]) for n in ARCHITECTURES]
)
def test_every_step_of_other_networks(name: str, tmp_path: Path, opened: Open) -> None:
    architecture = ARCHITECTURES[name]
    trace = explain(architecture.network(), architecture.image())
    write(trace, tmp_path / "page.html")
    assert_every_number(by_turns(trace.steps), opened(tmp_path / "page.html"))


def assert_every_number(chosen: Iterable[tuple[Step, tuple[int, int, int]]], page: Page) -> None:
    """The value of each step there, and what the page makes of the step's input: what `Step.arithmetic` says."""
    for step, (y, x, channel) in chosen:
        go(page, step, y, x, channel)
        assert number(page, "total") == close(step.value(y, x, channel))
        if form_of(step) in ("", "input", "output"):
            continue
        found = step.arithmetic(y, x, channel)
        scale = max([abs(found.total), abs(found.bias or 0.0), *(abs(t.product) for t in found.terms)])
        assert number(page, "sum") == close(found.total, scale), step.name


@pytest.mark.parametrize("name", ["conv_net", "colour"])
def test_windows_filters_and_products(name: str, request: pytest.FixtureRequest, opened: Open) -> None:
    trace: Trace = request.getfixturevalue(name)
    page = opened(request.getfixturevalue(f"{name}_file"))
    for step in (s for s in trace.steps if form_of(s) == "convolution"):
        for y, x, channel in places(step):
            go(page, step, y, x, channel)
            sum_ = step.arithmetic(y, x, channel)
            source = int(page.locator(".row.chosen").get_attribute("data-source") or -1)
            terms = tuple(t for t in sum_.terms if t.position and t.position[2] == source)
            shown = grids(page)
            assert_cells(shown["window"], terms, "value")
            assert_cells(shown["filter"], terms, "weight")
            assert_cells(shown["products"], terms, "product")
            assert [cell["padding"] for cell in shown["window"]] == [term.padding for term in terms]
            assert number(page, "part") == close(sum(t.product for t in terms))
            if sum_.bias is not None:
                assert number(page, "bias") == close(sum_.bias)
            if len(terms) < len(sum_.terms):
                others = sum(t.product for t in sum_.terms) - sum(t.product for t in terms)
                assert number(page, "others") == close(others, sum(abs(t.product) for t in sum_.terms))


def test_every_product_of_a_deep_filter(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    step = conv_net["conv2"]
    page = opened(conv_net_file)
    go(page, step, 13, 0, 63)
    shown = every_product(page)
    assert len(shown) == 800
    for row, term in zip(shown, step.arithmetic(13, 0, 63).terms, strict=True):
        assert row == [close(term.value), close(term.weight), close(term.product)]


def test_the_strongest_products_of_a_matrix_and_the_rest(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    step = conv_net["fc1.matmul"]
    page = opened(conv_net_file)
    go(page, step, channel=100)
    *rows, rest = every_product(page)
    sum_ = step.arithmetic(0, 0, 100)
    strongest = sorted(sum_.terms, key=lambda term: -abs(term.product))[: len(rows)]
    for row, term in zip(rows, strongest, strict=True):
        assert row == [close(term.value), close(term.weight), close(term.product)]
    assert rest == [close(sum_.total - sum(term.product for term in strongest), 10)]


def test_the_winner_of_a_pooling(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    step = conv_net["conv1.max_pool"]
    page = opened(conv_net_file)
    for y, x, channel in places(step):
        go(page, step, y, x, channel)
        sum_ = step.arithmetic(y, x, channel)
        cells = grids(page)["window"]
        assert_cells(cells, sum_.terms, "value")
        (winner,) = [cell for cell in cells if cell["winner"]]
        assert winner["value"] == close(sum_.total)


def test_padding_never_wins(colour: Trace, colour_file: Path, opened: Open) -> None:
    step = next(s for s in colour.steps if s.op == "max_pool2d")
    page = opened(colour_file)
    go(page, step, 0, 0, 1)
    winners = [cell for cell in grids(page)["window"] if cell["winner"]]
    assert [cell["padding"] for cell in winners] == [False]
    assert winners[0]["value"] == close(step.value(0, 0, 1))


def test_what_happens_to_a_number_next(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    go(page, conv_net["conv1"], 9, 17, 4)
    for name in ("conv1.bias_add", "conv1.relu"):
        shown = page.locator(f'[data-then="{name}"] .strong').get_attribute("data-value")
        assert float(shown or "nan") == close(conv_net[name].value(9, 17, 4))


@pytest.mark.parametrize("name", ["conv_net", "colour"])
def test_the_receptive_field_on_the_picture(name: str, request: pytest.FixtureRequest, opened: Open) -> None:
    trace: Trace = request.getfixturevalue(name)
    page = opened(request.getfixturevalue(f"{name}_file"))
    if trace.image is None:
        assert page.locator(".field").is_hidden()
        return
    for step in trace.steps[1:]:
        for y, x, channel in places(step):
            window = step.window(y, x, channel)
            go(page, step, y, x, channel)
            box = page.locator(".field").evaluate("e => ['y', 'x', 'height', 'width'].map((k) => Number(e.dataset[k]))")
            if window is None:
                expect(page.locator(".field")).to_contain_text("not known here")
            else:
                assert box == [window.y0, window.x0, window.y1 - window.y0, window.x1 - window.x0], (step.name, y, x)


def test_the_answer(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    shown = page.locator("#answer [data-answer]").evaluate_all(
        "all => all.map((e) => [e.dataset.label, Number(e.dataset.probability)])"
    )
    assert dict(shown) == {label: close(p) for label, p in conv_net.prediction}
