"""The page in every room: on a phone, at 200 % zoom, on a projector; by finger and by key."""

from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect
from torch import Tensor, nn

from browsers import AXE
from fivebyfive.explain import Trace, explain

from .conftest import Open, _written, resize
from .reading import fragment, go

WIDTHS = (320, 390, 700, 1024, 1400, 2560)
WIDER = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const wide = [...document.querySelectorAll(".card, .top, .introduction, .overview")].filter(
    (e) => e.scrollWidth > e.clientWidth + 1);
  return [...(scrollWidth > clientWidth ? [`page ${scrollWidth}`] : []),
    ...wide.map((e) => `${e.id || e.className} ${e.scrollWidth} > ${e.clientWidth}`)];
}"""
"""What is wider than its room; the overview too: it is drawn to fit."""
LONG = "_of_the_network_that_nobody_wants_to_read_to_its_end"


class Residual(nn.Module):
    """A residual network with names that are much too long."""

    def __init__(self) -> None:
        super().__init__()
        block = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4))
        self.layers = nn.ModuleDict({f"stem{LONG}": nn.Conv2d(1, 4, 3), f"block{LONG}": block})
        self.layers[f"fully_connected_layer{LONG}"] = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        stem, block, last = self.layers.values()
        x_of_the_network_that_nobody_wants_to_read_to_its_end = stem(x)
        y: Tensor = torch.relu(
            x_of_the_network_that_nobody_wants_to_read_to_its_end
            + block(x_of_the_network_that_nobody_wants_to_read_to_its_end)
        )
        out: Tensor = last(y.mean((2, 3)))
        return out


class Tokens(nn.Module):
    """A transformer over the rows of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.encoder(x.squeeze(1)).mean(1))
        return out


def _going_back(network: nn.Module) -> Trace:
    torch.manual_seed(0)
    return explain(network.eval(), torch.rand(1, 8, 8), label=1)


@pytest.fixture(scope="module")
def residual() -> Trace:
    return _going_back(Residual())


@pytest.mark.parametrize("name", ["residual", "tokens"])
def test_nothing_is_wider_than_the_screen(name: str, residual: Trace, folder: Path, opened: Open) -> None:
    trace = residual if name == "residual" else _going_back(Tokens())
    page = opened(_written(trace, folder / f"{name}.html"), width=320)
    for width in WIDTHS:
        resize(page, width, 800)
        for step in trace.steps if width == 320 else [trace[1], trace[-2]]:
            for way in ("", "&way=back"):
                page.evaluate("hash => { location.hash = hash; }", fragment(step) + way)
                page.wait_for_function(
                    "name => document.querySelector('[data-layer]').textContent === name", arg=step.name
                )
                assert page.evaluate(WIDER) == [], (width, step.name, way)


def test_the_posts_network_fits_and_its_formulas_are_whole(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["conv2"], 5, 5, 3), width=320)
    for width in WIDTHS:
        resize(page, width, 450 if width == 700 else 900)
        assert page.evaluate(WIDER) == [], width
        cut = "all => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length"
        assert page.locator("#number .formula:has([data-symbols]), [data-lab=formula]").evaluate_all(cut) == 0
        boxes = page.locator("[data-lab=formula] math").evaluate_all(
            "all => all.map((e) => e.getBoundingClientRect()).map((b) => [b.left, b.right, b.top, b.bottom])"
        )
        (_, right, _, bottom), (left, _, top, _) = boxes
        assert right <= left or bottom <= top


def test_a_finger_moves_the_page_and_chooses_where_it_taps(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    context = opened.browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, offline=True
    )
    page = context.new_page()
    page.goto(f"{conv_net_file.as_uri()}#{fragment(conv_net['conv1'], 14, 14, 3)}")
    page.wait_for_selector("html[data-ready]")
    for canvas in page.locator("canvas").all():
        assert canvas.evaluate("c => getComputedStyle(c).touchAction") != "none"
    output, heading = page.locator('[data-map="output"]'), page.locator("#number h3")
    output.scroll_into_view_if_needed()
    before, said = page.evaluate("scrollY"), heading.inner_text()
    box = output.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = context.new_cdp_session(page)
    for event, points in [("touchStart", [y]), *(("touchMove", [y - 20 * k]) for k in range(1, 11)), ("touchEnd", [])]:
        places = [{"x": x, "y": point} for point in points]
        touch.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": places})
    page.wait_for_function("before => scrollY > before + 100", arg=before)
    assert heading.inner_text() == said
    cell = box["width"] / 28
    output.tap(position={"x": 10.5 * cell, "y": 20.5 * cell})
    expect(heading).to_contain_text("at y 20, x 10, channel 3")
    context.close()


def test_on_a_projector_everything_is_half_as_large_again(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["conv1"], 14, 14, 3), width=1920)
    tall = "document.querySelector('#layer h2').getBoundingClientRect().height"
    small = page.evaluate(tall)
    page.keyboard.press("l")
    expect(page.locator("#enlarge")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(tall) == pytest.approx(1.5 * small, rel=0.05)
    expect(page.locator("#notes")).to_be_hidden()
    for width in (1920, 1280, 1024):
        resize(page, width, 768)
        assert page.evaluate(WIDER) == [], width
    _points_where_it_points(page)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#enlarge")).to_have_attribute("aria-pressed", "true")
    page.locator("#enlarge").click()
    assert page.evaluate(tall) == small
    assert opened(conv_net_file, "large").locator("#enlarge").get_attribute("aria-pressed") == "true"


def _points_where_it_points(page: Page) -> None:
    output = page.locator('[data-map="output"]')
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    assert box
    cell = box["width"] / 28
    page.mouse.click(box["x"] + 21.5 * cell, box["y"] + 6.5 * cell)
    expect(page.locator("#number h3")).to_contain_text("at y 6, x 21, channel 3")


REACHED = """() => {
  const missing = [];
  for (const e of document.querySelectorAll("button, select, input, summary, a[href], [role=application]")) {
    if (e.disabled || !e.checkVisibility({ visibilityProperty: true })) continue;
    if (e.tabIndex < 0) { missing.push(e.outerHTML.slice(0, 120)); continue; }
    e.focus();
    const { outlineStyle, outlineWidth } = getComputedStyle(e);
    const ringed = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    if (document.activeElement !== e || !ringed) missing.push(e.outerHTML.slice(0, 120));
  }
  return missing;
}"""


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)], ids=["desk, light", "phone, dark"])
def test_everything_is_reached_by_key_and_nothing_serious_is_found(
    residual: Trace, folder: Path, opened: Open, width: int, dark: bool
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    page = opened(_written(residual, folder / "residual.html"), width=width, dark=dark)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    first = residual[1]
    for way in ("", "&way=back"):
        go(page, first)
        page.evaluate("hash => { location.hash = hash; }", fragment(first) + way)
        for summary in page.locator("summary:visible").all():
            summary.click()
        page.keyboard.press("Tab")  # from here on the focus is a keyboard's, and is shown
        assert page.evaluate(REACHED) == []
        found = page.evaluate("async () => (await axe.run()).violations")
        assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found] == [], way
