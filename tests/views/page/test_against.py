"""Two beside each other on the page: the same words and numbers as Python's, at the place that the reader chooses."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from architectures import ARCHITECTURES
from browsers import AXE
from fivebyfive import datasets, model
from fivebyfive.explain import Comparison, Trace, compare, explain
from fivebyfive.views.page.against import beside
from fivebyfive.views.page.document import pack, structure, values
from support import Does

from .conftest import keep_picture, resize

SCRIPT = Path(__file__).parents[2] / "js" / "stories.js"


@pytest.fixture(scope="module")
def compared(conv_net: Trace) -> Comparison:
    four = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[4])
    return compare(conv_net, four, names=("7.png", "4.png"))


def pairs() -> Iterator[Comparison]:
    """Two pictures, two seeds, two networks, two sizes, numbers that are none."""
    made = ARCHITECTURES["residual"]
    traces = [explain(made.network(seed), made.image(seed)) for seed in (0, 1)]
    image = torch.rand(made.shape)
    yield compare(*traces)
    yield compare(*(explain(made.network(seed), image) for seed in (0, 1)))
    yield compare(traces[0], traces[0])
    yield compare(traces[0], explain(ARCHITECTURES["u-shaped"].network(), ARCHITECTURES["u-shaped"].image()))
    yield compare(traces[0], explain(made.network(), image[:, :-8]))
    whole = explain(Does(lambda x: torch.relu(x * 1.0)), image)
    yield compare(whole, explain(Does(lambda x: torch.relu(x * float("nan"))), image))
    yield compare(explain(Does(lambda x: torch.relu(x * 0.0)), image), whole)
    seven = datasets.load("mnist").test.pixels[0]
    yield compare(*(explain(model.load(name), seven) for name in ("conv_net", "quick")))


def test_page_and_python_tell_the_same(compared: Comparison, tmp_path: Path) -> None:
    found = [compared, *pairs()]
    paths = [tmp_path / str(n) for n in range(len(found))]
    for path, each in zip(paths, found, strict=True):
        path.write_bytes(pack(structure(each.first), values(each.first), beside(each)))
    run = subprocess.run(["node", SCRIPT, *paths], capture_output=True, text=True, check=False)
    assert not run.stderr
    for told, each in zip(json.loads(run.stdout), found, strict=True):
        assert [sentence.replace("\u00a0%", "%") for sentence in told] == each.words()


@pytest.fixture(scope="module")
def page(compared: Comparison, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = tmp_path_factory.mktemp("against") / "both.html"
    compared.to_html(path)
    context = browser.new_context(offline=True, viewport={"width": 1400, "height": 900})
    shown = context.new_page()
    shown.goto(path.as_uri() + "#step=conv1.conv2d&channel=11&y=8&x=17")
    shown.wait_for_selector("html[data-ready]")
    yield shown
    context.close()


def here(page: Page) -> list[float]:
    """The three numbers at the chosen place: of A, of B, their difference."""
    told = [page.locator(f'[data-compare="{side}"]') for side in ("a", "b", "difference")]
    return [float(each.get_attribute("data-value") or "nan") for each in told]


def expect_numbers(page: Page, compared: Comparison, name: str, place: tuple[int, int, int]) -> None:
    a, b = (trace[name].value(*place) for trace in (compared.first, compared.second))
    assert here(page) == pytest.approx([a, b, a - b], rel=1e-5, abs=1e-6)


def test_the_numbers_at_the_chosen_place_are_pythons(page: Page, compared: Comparison) -> None:
    expect_numbers(page, compared, "conv1.conv2d", (8, 17, 11))
    assert abs(here(page)[2]) > 2
    keep_picture(page, "page-compare", "#compare")
    page.locator('[data-map="compare-b"]').press("ArrowDown")
    expect_numbers(page, compared, "conv1.conv2d", (9, 17, 11))
    expect(page.locator('[data-map="output"]').first).to_have_attribute(
        "aria-label", re.compile("y 9, x 17, channel 11")
    )
    page.locator("[data-go=map-after]").click()
    expect_numbers(page, compared, "conv1.conv2d", (9, 17, 12))
    page.locator('[data-apart="out.add"]').click()
    expect(page.locator("#layer [data-layer]")).to_have_text("out.add")
    page.locator('[data-map="compare-difference"]').press("ArrowDown")
    (unit,) = [int(n) for n in page.locator(".compare-where").inner_text().split()[2:3]]
    expect_numbers(page, compared, "out.add", (0, 0, unit))


def test_the_strip_holds_every_step_and_marks_where_the_ways_part(page: Page, compared: Comparison) -> None:
    bars = page.locator("[data-apart]")
    told = {bar.get_attribute("data-apart"): float(bar.get_attribute("data-value") or "nan") for bar in bars.all()}
    expected = {pair.first.name: pair.apart.relative for pair in compared.pairs if pair.apart is not None}
    assert told == pytest.approx(expected)
    expect(page.locator("[data-apart].parting")).to_have_attribute("data-apart", "input")
    shown = page.locator(".compare-words p").all_inner_texts()
    assert [sentence.replace("\u00a0%", "%") for sentence in shown] == compared.words()


def test_both_answers_stand_beside_each_other(page: Page, compared: Comparison) -> None:
    for side, trace in (("a", compared.first), ("b", compared.second)):
        for label, probability in trace.prediction:
            cell = page.locator(f'[data-compare-class="{label}"] [data-share="{side}"]')
            assert float(cell.get_attribute("data-value") or "nan") == pytest.approx(probability, abs=1e-6)
    assert "4.png" in page.locator(".compare-pictures").inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_is_wider_and_everybody_can_use_it(page: Page, dark: bool) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light")
    resize(page, 390, 844)
    page.locator("#compare").scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('#compare')")
    assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found["violations"]] == []


def test_a_page_of_one_shows_nothing_of_it(conv_net_file: Path, browser: Browser) -> None:
    context = browser.new_context(offline=True)
    shown = context.new_page()
    shown.goto(conv_net_file.as_uri())
    shown.wait_for_selector("html[data-ready]")
    expect(shown.locator("#compare")).to_be_hidden()
    context.close()
