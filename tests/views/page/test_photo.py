"""A file, and a notebook's page, of a photo hold the photo as it was given, and what was made of it."""

import io
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from fivebyfive import model
from fivebyfive.explain import explain
from fivebyfive.explain.photo import LONGEST
from fivebyfive.explain.trace import Trace
from fivebyfive.pictures.decoding import decode
from fivebyfive.views.page import html
from fivebyfive.views.page.document import Part, unpack
from fivebyfive.views.page.keep import FILE, kept
from photos import in_bytes, paper

from .conftest import Open
from .networks import branches

PIXELS = """canvas => {
    const { width, height } = canvas;
    const all = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    const at = (x, y) => [0, 1, 2].map((c) => all[4 * (Math.floor(y * height) * width + Math.floor(x * width)) + c]);
    return [0.1, 0.5, 0.9].flatMap((y) => [0.1, 0.9].map((x) => at(x, y)));
}"""


@pytest.fixture(scope="module")
def three() -> Trace:
    """Three digits on paper, as a file, explained by the post's network."""
    return explain(model.load("conv_net"), decode(in_bytes(paper(["7", "2", "1"]), "JPEG")))


@pytest.fixture(scope="module")
def scene() -> Trace:
    """A picture in colour that is too large for its network."""
    y, x = np.mgrid[0:300, 0:900]
    pixels = np.stack([x * 255 // 899, y * 255 // 299, np.full_like(x, 90)], axis=-1).astype(np.uint8)
    network = branches()
    network.shape = (16, 16, 3)  # type: ignore[assignment]
    return explain(network, pixels)


def held(trace: Trace) -> Part:
    """What a file holds."""
    return unpack(kept(trace, FILE))


def shown(page: str, opened: Open, folder: Path) -> list[list[int]]:
    """The colours of the photo on the page, at six places."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    tab = opened(path)
    colours: list[list[int]] = tab.locator("#photo canvas").evaluate(PIXELS)
    return colours


def places(trace: Trace) -> list[list[int]]:
    """The colours of the photo at the same places."""
    assert trace.photo is not None
    pixels = trace.photo.pixels
    height, width, _ = pixels.shape
    found = [pixels[int(y * height), int(x * width)] for y in (0.1, 0.5, 0.9) for x in (0.1, 0.9)]
    return [[int(c) for c in np.broadcast_to(colour, 3)] for colour in found]


def test_the_file_of_a_photo_of_digits_holds_it_its_digits_and_every_stage(three: Trace) -> None:
    part = held(three)
    photo = part.fields["photo"]
    assert (photo["width"], photo["height"]) == (900, 600)
    assert part.buffers["photo"].shape == (341, 512, 3)
    assert len(photo["boxes"]) == 3
    left, top, _, _ = photo["boxes"][photo["chosen"]]
    assert photo["notes"][0] == f"Of the 3 digits that were found, the largest is explained, at x {left}, y {top}."
    whole = ["ink, by its strength", "ink", "shapes", "read"]
    assert part.fields["stages"] == [*whole, "cut out", "ink", "strokes", "20×20", "28×28, centred by mass"]
    assert (part.buffers["stage/8"] == part.buffers["image"][..., 0]).all()
    assert not set(photo["notes"]) & set(part.fields["notes"])


def test_the_page_shows_the_photo_with_the_digit_marked_and_how_it_was_prepared(
    three: Trace, opened: Open, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(html(three), encoding="utf-8")
    for width in (1280, 390):
        page = opened(path, width=width)
        photo = page.locator("#photo canvas").bounding_box()
        chosen = page.locator("#photo .chosen").bounding_box()
        assert photo
        assert chosen
        assert three.photo is not None
        left, top, across, down = three.photo.boxes[three.photo.chosen]
        assert (chosen["x"] - photo["x"]) / photo["width"] == pytest.approx(left / 900, abs=0.01)
        assert (chosen["y"] - photo["y"]) / photo["height"] == pytest.approx(top / 600, abs=0.01)
        assert chosen["width"] / photo["width"] == pytest.approx(across / 900, abs=0.01)
        assert chosen["height"] / photo["height"] == pytest.approx(down / 600, abs=0.01)
        assert page.locator("#photo [data-box]").count() == 3
        assert page.locator("#stages li canvas").count() == 9
        if width < 1200:  # below the fold there are more important things
            assert page.locator("#stages li").first.is_hidden()
            page.locator("#prepared summary").click()
        assert page.locator("#stages li").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_colour_networks_photo_is_shown_as_it_was_given(scene: Trace, opened: Open, tmp_path: Path) -> None:
    assert held(scene).fields["stages"] == []
    drawn = shown(html(scene), opened, tmp_path)
    assert np.abs(np.subtract(drawn, places(scene))).max() <= 8
    page = opened(tmp_path / "page.html")
    said = page.locator("#photo").inner_text()
    assert "The picture as it was given, 900×300 pixels." in said
    assert "The picture, 900×300 pixels, was scaled and its middle cut out: 16×16 pixels." in said
    assert page.locator("#prepared").is_hidden()
    assert page.locator("#photo [data-box]").count() == 0


def test_a_notebook_holds_the_photo_too(three: Trace, opened: Open, tmp_path: Path) -> None:
    page = unescape(three._repr_html_().partition('srcdoc="')[2].partition('" title=')[0])
    assert np.abs(np.subtract(shown(page, opened, tmp_path), places(three))).max() <= 8


@pytest.mark.parametrize("size", [(3000, 20), (20, 3000), (512, 512), (1, 900), (7, 5)])
def test_the_photo_kept_is_never_larger_than_its_bound_nor_than_the_picture(size: tuple[int, int]) -> None:
    trace = explain(branches(), np.full((size[1], size[0], 3), 90, np.uint8))
    assert trace.photo is not None
    height, width, _ = trace.photo.pixels.shape
    assert max(height, width) == min(LONGEST, max(size))
    assert (trace.photo.width, trace.photo.height) == size
    assert (trace.photo.pixels == 90).all()


def test_a_photo_taken_sideways_is_upright_and_nothing_else_of_its_file_is_kept() -> None:
    photo = paper(["7"], size=(400, 600))
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = 6, "a camera's maker"
    file = io.BytesIO()
    photo.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", exif=tags, quality=95)
    trace = explain(model.load("conv_net"), decode(file.getvalue()))
    assert trace.photo is not None
    assert trace.photo.pixels.shape == (512, 341, 3)
    assert trace.prediction[0][0] == "7"
    assert b"maker" not in kept(trace, FILE)


def test_what_was_no_photo_is_shown_as_the_network_got_it(opened: Open, tmp_path: Path) -> None:
    pixels = torch.rand(1, 3, 16, 16)
    for given, said in ((pixels, "The picture as the network got it, 16×16 pixels."), ((pixels,), None)):
        trace = explain(branches(), given)
        assert trace.photo is None
        path = tmp_path / "page.html"
        path.write_text(html(trace), encoding="utf-8")
        preparation = opened(path).locator("#preparation")
        assert preparation.is_visible() == (said is not None)
        assert said is None or preparation.inner_text() == said


def test_a_photo_adds_less_than_a_megabyte_to_its_file() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (LONGEST, LONGEST, 3), np.uint8)  # nothing can be larger
    trace = explain(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)), noise)
    assert len(html(trace)) - len(html(replace(trace, photo=None))) < 2**20 * 4 / 3
