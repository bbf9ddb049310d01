"""What a reader does with the page: walks, points, plays, asks what if; by mouse, by keys, on a phone, at night."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect

from browsers import AXE, LOOKS
from fivebyfive.explain.trace import Trace

from .conftest import Open, keep_picture, resize
from .reading import close, fragment, go, number

PIXELS = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].join()"

ALWAYS_THE_SAME = "() => { let n = 0; Math.random = () => (n = (n * 69_069 + 1) % 2 ** 32) / 2 ** 32; }"


def pixels(page: Page, name: str) -> str:
    """What is drawn on a map, to tell whether it changed."""
    return str(page.locator(f'[data-map="{name}"]').first.evaluate(PIXELS))


def point(page: Page, name: str, row: float, column: float) -> None:
    """Put the pointer on a map, at a share of its height and width."""
    canvas = page.locator(f'[data-map="{name}"]').first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + column * box["width"], box["y"] + row * box["height"])


def shown_steps(page: Page) -> list[str]:
    """The steps whose maps the big picture shows."""
    names: list[str] = page.locator(".block").evaluate_all("all => all.map((e) => e.dataset.step)")
    return names


def chosen(page: Page) -> str:
    return page.locator("#layer [data-layer]").inner_text()


def test_the_whole_page_one_layer_one_number(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, width=1760, height=1080)
    blocks = ["input", "x.reshape", "conv1.relu", "conv1.max_pool", "conv2.relu", "conv2.max_pool", "fc1.reshape"]
    blocks += ["fc1.add", "fc1.relu", "fc1.dropout", "out.add", "output"]  # one for each line of the network's forward
    assert shown_steps(page) == blocks
    expect(page.locator('.block[data-step="output"]')).to_be_in_viewport()
    keep_picture(page, "page-whole")
    go(page, conv_net["conv2"], 6, 7, 10)
    resize(page, 1100, 1500)  # where the number has the width of the page
    expect(page.locator("#number [data-total]").first).to_be_visible()
    keep_picture(page, "page-number", "#number")


def test_hovering_shows_a_number_and_leaving_returns_to_the_chosen_one(
    conv_net: Trace, conv_net_file: Path, opened: Open
) -> None:
    step = conv_net["conv1.relu"]
    page = opened(conv_net_file, fragment(step, 14, 14, 5))
    for y, x in ((14, 13), (0, 14), (0, 0), (27, 27)):
        point(page, "output", (y + 0.5) / 28, (x + 0.5) / 28)
        assert number(page, "total") == close(step.value(y, x, 5))
    page.mouse.move(2, 2)
    assert number(page, "total") == close(step.value(14, 14, 5))


def test_a_link_opens_exactly_this_number(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    step = conv_net["conv2.max_pool"]
    page = opened(conv_net_file, fragment(step, 3, 4, 50))
    assert chosen(page) == "conv2.max_pool"
    assert number(page, "total") == close(step.value(3, 4, 50))
    page.locator('[data-map="output"]').press("ArrowRight")
    expect(page).to_have_url(re.compile(r"step=conv2\.max_pool&channel=50&y=3&x=5$"))


def test_a_link_to_nowhere_opens_the_page_all_the_same(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, "step=nothing&channel=9999&y=-4&x=oops")
    assert chosen(page) == "conv1.conv2d"


def test_a_line_chooses_its_steps_and_a_step_its_line(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    line = page.locator("button.line", has_text="maxpool2d(conv2, k=2)")
    assert "7×7×64" in line.inner_text()
    line.click()
    assert chosen(page) == "conv2.max_pool"
    page.locator('.block[data-step="x.reshape"] .head').click()
    source = conv_net["x.reshape"].source
    assert source
    expect(page.locator(f'.line.chosen[data-line="{source.line}"]')).to_contain_text("reshape(x")


def test_a_map_lights_what_it_is_computed_from_and_what_uses_it(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    page.locator('[data-maps="conv1.max_pool"]').hover(position={"x": 6, "y": 6})
    lit = page.locator(".block.lit").evaluate_all("all => all.map((e) => e.dataset.step)")
    assert lit == ["conv1.relu", "conv1.max_pool", "conv2.relu"]
    expect(page.locator("#described")).to_contain_text(re.compile(r"conv1.max_pool, channel \d+: from"))
    page.locator('[data-maps="out.add"]').hover(position={"x": 6, "y": 6})
    expect(page.locator("#described")).to_contain_text("out.add, unit 0, “0”: ")


def test_the_animation_plays_pauses_and_steps(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    step = conv_net["conv1"]
    page = opened(conv_net_file, fragment(step, 14, 14, 3))
    whole = pixels(page, "output")
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    toggle, heading = page.locator('[data-play="toggle"]'), page.locator("#number h3")
    toggle.click()
    inked = torch.nn.functional.max_pool2d(conv_net["x.reshape"].maps, 5, 1, 2)[0]
    first = int(inked.flatten().nonzero()[0])  # the first window that is not all blank
    expect(heading).to_contain_text("y {}, x {},".format(*divmod(first, 28)))
    page.clock.fast_forward(5000)  # half of the ten seconds
    middle = first + (28 * 28 - first) // 2
    expect(heading).to_contain_text("y {}, x {},".format(*divmod(middle, 28)))
    toggle.click()
    assert pixels(page, "output") != whole
    before = heading.inner_text()
    page.locator('[data-play="step"]').click()
    assert heading.inner_text() != before
    page.locator('[data-play="back"]').click()
    assert heading.inner_text() == before
    toggle.click()
    page.clock.fast_forward(5100)
    expect(toggle).to_have_text("Play")
    expect(heading).to_contain_text("y 27, x 27,")


def test_the_laboratory_changes_stride_and_padding(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["conv1"], 14, 14, 3))
    lab, size = page.locator("#laboratory"), page.locator('[data-lab="size"]')
    before = pixels(page, "lab-output")
    expect(size).to_contain_text("28×28 → 28×28")
    lab.locator("[name=stride]").fill("3")
    expect(size).to_contain_text("28×28 → 10×10")
    expect(size).to_contain_text("⌈28 / 3⌉ = 10")
    assert pixels(page, "lab-output") != before
    lab.locator("[name=padding]").select_option("VALID")
    expect(size).to_contain_text("28×28 → 8×8")
    lab.locator("[name=kernel]").fill("4")
    lab.locator("[name=stride]").fill("1")
    lab.locator("[name=padding]").select_option("SAME")
    assert [lab.locator(f"[name={side}]").input_value() for side in ("top", "bottom")] == ["1", "2"]
    lab.locator("[name=top]").fill("6")
    assert lab.locator("[name=padding]").input_value() == "explicit"
    expect(size).to_contain_text("28×28 → 33×28")
    page.locator('[data-lab="reset"]').click()
    expect(size).to_contain_text("28×28 → 28×28")


def test_a_window_that_fits_nowhere_is_said_in_words(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["conv2.max_pool"], 3, 3, 3))
    page.locator("#laboratory [name=padding]").select_option("VALID")
    page.locator("#laboratory [name=kernel]").fill("11")
    expect(page.locator('[data-lab="size"]')).to_contain_text("14×14 → 2×2")
    go(page, conv_net["conv2"])
    page.locator("#laboratory [name=kernel]").fill("11")
    page.locator("#laboratory [name=padding]").select_option("VALID")
    expect(page.locator('[data-lab="size"]')).to_contain_text("14×14 → 4×4")


def test_the_dropout_is_thrown_again_down_to_nothing(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["fc1.dropout"], channel=77))
    says = page.locator("[data-thrown]")
    before = pixels(page, "thrown")
    page.evaluate(ALWAYS_THE_SAME)  # by chance one throw of a hundred keeps 800 or more
    page.locator("[data-throw]").click()
    expect(says).to_contain_text(re.compile(r"7\d\d values of 1024 kept"))
    assert pixels(page, "thrown") != before
    slider = page.locator("[data-keep]")
    slider.press("End")
    expect(says).to_contain_text("1,024 values of 1024 kept")
    slider.press("Home")
    expect(says).to_contain_text("1 / 0")
    expect(says).to_contain_text("an error")


def test_reshaping_is_followed_in_both_directions(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["x.reshape"], 8, 9))
    expect(page.locator(".reshaping .says")).to_contain_text("number 233")
    canvas = page.locator('[data-map="input"]')
    canvas.press("ArrowDown")
    expect(page.locator("#number h3")).to_contain_text("y 9, x 9")
    go(page, conv_net["fc1.reshape"], channel=1250)
    expect(page.locator(".reshaping .says")).to_contain_text("y 2, x 5, channel 34 ⇄ unit 1250")


def test_softmax_with_its_numbers(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    page.locator(".softmax summary").click()
    shown = page.locator(".softmax [data-sum]").get_attribute("data-value")
    first = page.locator('#brief [data-answer="brief-0"]').get_attribute("data-probability")
    assert float(shown or "nan") == close(float(first or "nan"))


def test_scales_sizes_and_folding(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    maps = page.locator('.block[data-step="conv1.relu"] canvas.maps')
    seen = {maps.evaluate(PIXELS)}
    for scale in ("step", "all"):
        page.locator('[data-setting="scale"]').select_option(scale)
        seen.add(maps.evaluate(PIXELS))
    assert len(seen) == 3
    names = page.locator(".block.folded").evaluate_all("all => all.map((e) => e.dataset.step)")
    assert names == ["conv1.relu", "conv2.relu", "fc1.add", "out.add"]
    page.get_by_role("button", name="Open conv1").click()
    assert shown_steps(page)[2:6] == ["conv1.conv2d", "conv1.bias_add", "conv1.relu", "conv1.max_pool"]
    assert page.locator(".block.chosen").get_attribute("data-step") == "conv1.conv2d"
    page.get_by_role("button", name="▾ conv1").click()
    assert page.locator(".block.chosen").get_attribute("data-step") == "conv1.relu"
    page.locator('[data-more="conv1.max_pool"]').click()
    expect(page.locator('[data-more="conv1.max_pool"]')).to_have_text("fewer")
    page.locator('[data-fold="none"]').click()
    assert page.locator(".block").count() == 18
    page.locator('[data-fold="all"]').click()
    assert page.locator(".block").count() == 12


def test_everything_by_keyboard(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    reached = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.className + ' ' + (document.activeElement.id || '')").strip())
        if "marks" in reached:
            break
    assert {"skip", "line"} <= {name.split(" ")[0] for name in reached}
    page.locator('[data-maps="conv1.relu"]').press("ArrowRight")
    assert chosen(page) == "conv1.relu"
    page.locator('[data-go="after"]').press("Enter")
    assert chosen(page) == "conv1.max_pool"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_network_of_branches_in_colour(colour: Trace, colour_file: Path, opened: Open) -> None:
    page = opened(colour_file)
    assert page.locator("#network").inner_text() == "<b>Branches</b>"
    assert "onerror" in page.locator("#code").inner_text()
    for step in colour.steps:
        go(page, step)
        assert page.locator("#layer canvas").count() > 0
    cat = next(s for s in colour.steps if s.op == "cat")
    go(page, cat, 1, 1, 6)
    expect(page.locator("#layer")).to_contain_text("not part of this map")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_no_violation_for_those_who_hear_or_tab_the_page(
    conv_net: Trace, conv_net_file: Path, opened: Open, dark: bool, width: int
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    page = opened(conv_net_file, width=width, dark=dark)
    for name in ("conv2", "fc1.matmul", "fc1.dropout")[: 3 if width > 1000 else 1]:
        go(page, conv_net[name], channel=3)
        found = page.evaluate(
            f"async () => {{ {AXE.read_text(encoding='utf-8')}; return (await axe.run()).violations; }}"
        )
        assert not found, [(v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_reduced_motion_is_respected(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    page.emulate_media(reduced_motion="reduce")
    assert page.locator(".block").first.evaluate("e => getComputedStyle(e).transitionDuration") in ("0s", "0.0s")


def test_light_becomes_dark(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file)
    before = pixels(page, "output")
    filters = pixels(page, "row-filter")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 22, 26)"
    assert pixels(page, "output") != before
    assert pixels(page, "row-filter") != filters


def test_the_colours_of_a_picture_are_named(colour: Trace, colour_file: Path, opened: Open) -> None:
    page = opened(colour_file, fragment(colour["stem"]))
    page.locator('[data-maps="input"]').hover(position={"x": 6, "y": 6})
    expect(page.locator("#described")).to_have_text("the picture in its colours")
    page.locator('.row[data-source="1"]').click()
    expect(page.locator("#layer figcaption").first).to_contain_text("channel 1 of 0–2, green")
    expect(page.locator("#number h4").first).to_contain_text("input channel 1 of 0–2, green")


def test_the_last_numbers_are_handed_on_as_the_answer(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["output"], channel=7))
    expect(page.locator("#number")).to_contain_text("out.add gave, handed on as the network's answer for 7")
    assert number(page, "sum") == close(conv_net["output"].value(0, 0, 7))


def test_a_gate_marks_the_value_that_it_lends_to_a_whole_map(colour: Trace, colour_file: Path, opened: Open) -> None:
    step = colour["x.mul"]
    page = opened(colour_file, fragment(step, 5, 5, 2))
    gate = page.locator('#layer [data-map="input-1"] + figcaption')
    assert float(gate.locator("[data-value]").get_attribute("data-value") or "nan") == close(
        step.origins[1].value(0, 0, 2)
    )


@pytest.mark.parametrize("width", [390, 1024, 2560])
def test_the_whole_network_is_on_the_page(conv_net_file: Path, opened: Open, width: int) -> None:
    page = opened(conv_net_file, width=width)
    for fold in ("all", "none"):
        page.locator(f'[data-fold="{fold}"]').click()
        room = page.locator("#overview").evaluate("e => [e.scrollWidth, e.clientWidth, e.scrollHeight, e.clientHeight]")
        assert room[0] <= room[1]
        assert room[2] <= room[3]
        names = page.locator(".block .head").evaluate_all("all => all.map((e) => e.getBoundingClientRect().toJSON())")
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                apart = a["right"] <= b["left"] or b["right"] <= a["left"]
                assert apart or a["bottom"] <= b["top"] or b["bottom"] <= a["top"]
    touch = page.locator(".block .marks").first.evaluate("e => getComputedStyle(e).touchAction")
    assert touch == "manipulation"  # a finger that begins on a map scrolls the page all the same


@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("name", ["conv1.conv2d", "conv2.conv2d", "conv1.max_pool", "fc1.matmul", "fc1.relu"])
def test_input_and_output_of_a_layer_stand_side_by_side(
    conv_net: Trace, conv_net_file: Path, opened: Open, name: str, width: int
) -> None:
    page = opened(conv_net_file, fragment(conv_net[name]), width=width)
    boxes = [page.locator(f'#layer [data-map="{side}"]').bounding_box() for side in ("input", "output")]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    assert abs(boxes[0]["y"] - boxes[1]["y"]) < boxes[0]["height"] / 2


@pytest.mark.parametrize("name", ["conv2.conv2d", "conv2.max_pool", "fc1.matmul", "fc1.relu", "fc1.dropout", "output"])
def test_nothing_is_wider_than_a_phone(conv_net: Trace, conv_net_file: Path, opened: Open, name: str) -> None:
    page = opened(conv_net_file, fragment(conv_net[name]), width=360, height=780)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_products_written_out_fit_their_room(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    for width in (360, 1280, 1920):
        page = opened(conv_net_file, fragment(conv_net["conv2.conv2d"], 4, 7, 3), width=width)
        room = page.locator(".figures").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert room[0] <= room[1]


@pytest.mark.parametrize("name", ["conv2.conv2d", "conv1.max_pool", "conv1.relu"])
def test_arrow_keys_on_an_input_move_to_the_next_number(
    conv_net: Trace, conv_net_file: Path, opened: Open, name: str
) -> None:
    step = conv_net[name]
    page = opened(conv_net_file, fragment(step, 6, 7, 3))
    given = page.locator('#layer [data-map="input"]')
    given.press("ArrowRight")
    assert number(page, "total") == close(step.value(6, 8, 3))
    given.press("Shift+ArrowDown")
    assert number(page, "total") == close(step.value(11, 8, 3))


def test_arrow_keys_move_the_laboratorys_window(conv_net: Trace, conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, fragment(conv_net["conv2"], 6, 7, 3))
    before = pixels(page, "lab-output")
    page.locator('[data-map="lab-input"]').press("ArrowDown")
    assert pixels(page, "lab-output") != before
    page.locator('[data-map="lab-input"]').press("ArrowUp")
    assert pixels(page, "lab-output") == before


def test_any_input_of_a_fully_connected_layer_shows_its_product(
    conv_net: Trace, conv_net_file: Path, opened: Open
) -> None:
    step = conv_net["out.matmul"]
    page = opened(conv_net_file, fragment(step, channel=7))
    given = page.locator('#layer [data-map="input"]')
    given.press("ArrowRight")
    given.press("ArrowDown")
    best = max(step.arithmetic(0, 0, 7).terms, key=lambda term: abs(term.product))  # the page opens with it
    unit = best.position[2] + 1 + 32 if best.position else -1
    row = page.locator(f'.bars li:has([data-unit="{unit}"].chosen)')
    value, weight, product = row.locator("[data-value]").evaluate_all("all => all.map((e) => Number(e.dataset.value))")
    assert step.weight is not None
    x, w = step.origins[0].value(0, 0, unit), step.weight[unit, 7].item()
    assert (value, weight, product) == (close(x), close(w), close(x * w))
