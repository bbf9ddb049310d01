"""Pages that run the network by themselves, in real Chromium with the network cut off: one draws, and every number is
PyTorch's.

What the page's worker answers is caught as it arrives; the same picture is then explained in Python, by the network
with its weights as they were sent.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from architectures import ARCHITECTURES
from drawn import CATCH, ONE, SEVEN, STEEP, caught, draw, settled
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.pictures.several import SEVERAL
from fivebyfive.views.page.document import values
from running import NEAR, round_weights

from .networks import branches


def sized(name: str) -> tuple[int, int, int]:
    channels, height, width = ARCHITECTURES[name].shape
    return height, width, channels


NETWORKS: dict[str, tuple[Callable[[], Any], tuple[int, int, int], int]] = {
    "conv_net": (lambda: model.load("conv_net"), (28, 28, 1), 10_000_000),
    "quick": (lambda: model.load("quick"), (28, 28, 1), 1_500_000),
    "residual": (ARCHITECTURES["residual"].network, sized("residual"), 10_000_000),
    "u-shaped": (ARCHITECTURES["u-shaped"].network, sized("u-shaped"), 10_000_000),
    "colour": (branches, (16, 16, 3), 10_000_000),
}
"""Each with the size of its pictures, and the bytes that its page may take."""


class Opened:
    """A page that runs a network, and that network with its weights as the page has them."""

    def __init__(self, name: str, page: Page, network: Any, first: np.ndarray) -> None:
        self.name, self.page, self.network, self.first = name, page, network, first

    def expect_pytorch(self) -> Trace:
        """Every number of the last answer is what PyTorch gives of the picture that came with it."""
        found = caught(self.page)
        trace = explain(self.network, found["image"], raw=True)
        expected = values(trace).buffers
        for step in trace.steps:
            given, wanted = found[f"output/{step.index}"], expected[f"output/{step.index}"]
            assert np.abs(given - wanted).max() <= NEAR * max(1.0, float(np.abs(wanted).max())), step.name
        if trace.prediction:
            assert np.abs(found["probabilities"] - expected["probabilities"]).max() < NEAR
        return trace


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[Any]:
    made = browser.new_context(viewport={"width": 1400, "height": 900})
    made.add_init_script(CATCH)
    made.set_offline(True)
    yield made
    made.close()


@pytest.fixture(scope="module", params=NETWORKS)
def opened(request: pytest.FixtureRequest, context: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    torch.set_num_threads(1)
    make, shape, most = NETWORKS[request.param]
    network, file = make(), tmp_path_factory.mktemp("live") / "page.html"
    mnist = shape == (28, 28, 1)
    random = np.random.default_rng(6)
    first = datasets.load("mnist").test.pixels[0] if mnist else random.integers(0, 256, shape, np.uint8)
    trace = explain(network, first, raw=True)
    photo = file.with_name("photo.png")
    Image.fromarray(random.integers(0, 256, (90, 70, 3), np.uint8)).save(photo)
    trace.to_html(file, live=True, gallery=[] if mnist else [photo])
    assert file.stat().st_size < most
    round_weights(trace)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    yield Opened(request.param, page, network, first)
    page.close()
    assert not problems


def test_every_number_of_a_drawing_is_pytorchs(opened: Opened) -> None:
    page = opened.page
    expect(page.locator("html")).to_have_attribute("data-runs", "worker")
    assert (caught(page)["image"] == opened.first).all()
    opened.expect_pytorch()
    draw(page, SEVEN)  # over the picture that was there to begin with, which goes
    trace = opened.expect_pytorch()
    if trace.prediction:
        first = page.locator("[data-answer=brief-0]")
        expect(first).to_have_attribute("data-label", trace.prediction[0][0])
    if opened.name in ("conv_net", "quick"):
        assert trace.prediction[0][0] == "7"
        expect(page.locator("#stages li")).to_have_count(4)


def test_words_that_stay_are_true_of_every_picture(opened: Opened) -> None:
    page = opened.page
    draw(page, STEEP)
    trace = opened.expect_pytorch()
    said = page.evaluate("answers.at(-1).fields.words")
    for step, words in zip(trace.steps, said, strict=True):
        assert set(words) <= set(step.words()), step.name
    assert sum(map(len, said)) > len(trace.steps)


@pytest.mark.parametrize("opened", ["colour"], indirect=True)
def test_a_picture_in_colour_is_drawn_over_in_its_colours(opened: Opened) -> None:
    page = opened.page
    page.locator("[data-gallery]").nth(1).click()
    expect(page.locator("#label")).to_have_text("photo")
    plain = opened.expect_pytorch().image
    assert plain is not None
    draw(page, [(0.5, 0.3), (0.5, 0.7)])
    over = opened.expect_pytorch().image
    assert over is not None
    assert (over[0] == plain[0]).all()
    assert (over[6:10, 8] > 200).all()
    page.locator("[data-pad-undo]").click()
    settled(page)
    assert np.array_equal(caught(page)["image"], plain)


@pytest.mark.parametrize("opened", ["quick"], indirect=True)
def test_a_picture_is_chosen_drawn_over_and_kept_by_the_link(opened: Opened) -> None:
    page, thumbs = opened.page, opened.page.locator("[data-gallery]")
    expect(thumbs).to_have_count(16)
    thumbs.nth(4).click()
    expect(page.locator("#label")).to_have_text("MNIST says: 4")
    plain = opened.expect_pytorch()
    draw(page, [(0.2, 0.1), (0.8, 0.1)])
    over = opened.expect_pytorch()
    assert plain.image is not None
    assert over.image is not None
    assert (plain.image != over.image).any()
    page.wait_for_url(re.compile("mnist=4&drawn="))
    again = page.context.new_page()
    again.goto(page.url)
    again.wait_for_selector("html[data-version]")
    assert (caught(again)["image"] == caught(page)["image"]).all()
    again.close()
    page.evaluate("location.hash = 'mnist=5000'")
    expect(page.locator("#trouble")).to_contain_text("The link's picture is not on this page")


@pytest.mark.parametrize("opened", ["quick"], indirect=True)
def test_without_a_worker_the_page_runs_it_and_a_slow_one_says_how_long(opened: Opened) -> None:
    page = opened.page.context.new_page()
    page.add_init_script("delete window.Worker")
    page.add_init_script("const now = performance.now.bind(performance); performance.now = () => 1000 * now();")
    page.goto(opened.page.url.partition("#")[0])
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("html")).to_have_attribute("data-runs", "page")
    expect(page.locator("#label")).to_have_text(
        re.compile(r"^MNIST says: 7\. A picture takes about [\d.]+ seconds here\.$")
    )
    draw(page, SEVEN)
    expect(page.locator("[data-answer=brief-0]")).to_have_attribute("data-label", "7")
    expect(page.locator("#label")).to_have_text(re.compile(r"^A picture takes about [\d.]+ seconds here\.$"))
    page.close()


@pytest.mark.parametrize("opened", ["quick"], indirect=True)
def test_doubts_are_told(opened: Opened) -> None:
    page = opened.page
    page.locator("[data-pad-clear]").click()
    expect(page.locator("#label")).to_contain_text("The pad is blank")
    draw(page, ONE)
    draw(page, [(x + 0.25, y) for x, y in ONE])
    expect(page.locator("#brief [data-doubt]")).to_have_text(f"({SEVERAL})")
    page.locator("[data-pad-clear]").click()
    draw(page, [(0.5, 0.5)])
    expect(page.locator("[data-no-answer]")).to_have_text("a blot is no digit yet; draw on")
