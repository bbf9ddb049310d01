"""The first screen: what this is, the picture and its answer, the code in view, a number beside its layer."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fivebyfive.explain.telling import telling
from fivebyfive.explain.trace import Trace

from .conftest import Open, keep_picture, resize
from .reading import fragment


def _box(page: Page, selector: str) -> dict[str, float]:
    found: dict[str, float] = page.locator(selector).evaluate("e => e.getBoundingClientRect().toJSON()")
    return found


def _shown(page: Page) -> tuple[str | None, str]:
    """The chosen step, and the heading of its number."""
    return page.locator("[data-layer]").text_content(), page.locator("#number h3").inner_text()


def _place(trace: Trace, name: str) -> str:
    step = trace[name]
    y, x, channel = telling(trace)[step.index]
    return f"unit {channel}:" if step.size[:2] == (1, 1) else f"y {y}, x {x}, channel {channel}:"


def test_all_of_it_is_seen_at_once(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, width=1400, height=900)
    assert page.locator("#introduction").inner_text() == (
        "This page shows how conv_net reads this picture: 16 steps with 3,274,634 weights make 784 numbers into 10, "
        "one for each class. Click any layer, any pixel, any line of the code."
    )
    for part in ("#introduction", "#brief", "#photo canvas", "#overview", ".line.chosen"):
        assert _box(page, part)["bottom"] <= 900, part
    layer, number = _box(page, "#layer"), _box(page, "#number")
    assert layer["y"] == pytest.approx(number["y"])
    assert layer["right"] < number["x"]
    assert number["y"] + 80 < 900
    assert page.locator("#code-title").inner_text() == "The code of conv_net"


SCREENS = [(1400, 900), (1024, 768), (390, 844), (2560, 1440)]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_screen_begins_with_what_it_is_its_answer_and_its_picture(
    conv_net_file: Path, opened: Open, dark: bool
) -> None:
    page = opened(conv_net_file, dark=dark)
    for width, height in SCREENS:
        resize(page, width, height)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in ("#brief", "#introduction", "#photo canvas", "#tour"):
            box = _box(page, part)
            assert box["width"] > 0, (part, width)
            assert box["bottom"] <= height, (part, width)
            assert box["right"] <= width, (part, width)
        assert _box(page, "#overview")["y"] < height - 100
        keep_picture(page, f"first-screen-{width}-{'dark' if dark else 'light'}")


def test_a_step_opens_at_its_telling_value_until_a_place_is_pointed_at(
    conv_net: Trace, conv_net_file: Path, opened: Open
) -> None:
    page = opened(conv_net_file)
    assert _place(conv_net, "conv1.conv2d") in _shown(page)[1]
    for name in ("conv1.bias_add", "conv1.relu", "conv1.max_pool", "conv2.conv2d"):
        page.locator('[data-go="after"]').click()
        assert _shown(page)[0] == name
        assert _place(conv_net, name) in _shown(page)[1]
    page.locator("button.line", has_text="return out").click()
    assert _place(conv_net, "output") in _shown(page)[1]
    page.evaluate(f"location.hash = '{fragment(conv_net['conv1.relu'], 4, 6, 3)}'")
    expect(page.locator("#number h3")).to_contain_text("y 4, x 6, channel 3:")
    page.locator('[data-go="after"]').click()
    assert "y 2, x 3, channel 3:" in _shown(page)[1]
    page.locator("[data-telling]").click()
    assert _place(conv_net, "conv1.max_pool") in _shown(page)[1]
    expect(page.locator("[data-telling]")).to_be_hidden()


def test_the_code_shows_one_run_of_a_function_and_what_is_chosen_is_in_view(
    conv_net: Trace, conv_net_file: Path, opened: Open
) -> None:
    page = opened(conv_net_file, fragment(conv_net["conv1.relu"]))
    lines = [page.locator(f'.line[data-line="{n}"]') for n in (20, 21, 22)]
    assert [line.locator(".shape").inner_text() for line in lines] == ["28×28×32"] * 3
    run = page.locator("[data-run]").first
    assert run.inner_text().split() == ["‹", "run", "1", "of", "2:", "conv1", "›"]
    run.locator('[data-turn-run="after"]').click()
    assert _shown(page)[0] == "conv2.relu"
    assert [line.locator(".shape").inner_text() for line in lines] == ["14×14×64"] * 3
    for name in ("out.add", "x.reshape", "conv1.conv2d", "fc1.dropout"):
        page.evaluate(f"location.hash = '{fragment(conv_net[name])}'")
        expect(page.locator("[data-layer]")).to_have_text(name)
        code, line = _box(page, "#code"), _box(page, ".line.chosen")
        assert code["y"] <= line["y"] < line["bottom"] <= code["bottom"] + 1


def test_a_picture_in_colour_is_shown_in_its_colours(colour: Trace, colour_file: Path, opened: Open) -> None:
    page = opened(colour_file, fragment(colour["input"], 2, 3, 1))
    assert "y 2, x 3, channel 1, green:" in _shown(page)[1]
    output = page.locator('#layer [data-map="output"]')
    middle = "c => [...c.getContext('2d').getImageData(c.width * 13.5 / 16, c.height * 12.5 / 16, 1, 1).data]"
    assert colour.image is not None
    assert output.evaluate(middle)[:3] == colour.image[12, 13].tolist()
    page.evaluate(f"location.hash = '{fragment(colour['stem'])}'")
    expect(page.locator("[data-layer]")).to_have_text("stem")
    page.locator('.row[data-source="1"]').click()
    pixels = (
        page.locator('#layer [data-map="row-input"]')
        .nth(1)
        .evaluate(
            "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 1)"
        )
    )
    assert max(pixels) == 255
