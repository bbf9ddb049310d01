"""Why this answer, on the page of a file: its numbers are Python's, by mouse, by keys, on a phone, at night."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsers import AXE
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import html

from .conftest import Open


@pytest.fixture(scope="module")
def seven() -> Trace:
    trace = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])
    trace.why("7", instead_of="9")
    trace.why()
    return trace


@pytest.fixture(scope="module")
def file(seven: Trace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("why") / "why.html"
    path.write_text(html(seven), encoding="utf-8")
    return path


def value(page: Page, name: str) -> float:
    """A number of the section, whole."""
    return float(page.locator(f"#why [data-why-{name}]").first.get_attribute("data-value") or "nan")


def amounts(page: Page) -> list[float]:
    read = "all => all.map((e) => Number(e.dataset.value))"
    found: list[float] = page.locator("#why [data-why-amount]").evaluate_all(read)
    return found


def test_a_file_of_which_nobody_asked_why_has_no_such_section(conv_net_file: Path, opened: Open) -> None:
    expect(opened(conv_net_file).locator("#why")).to_be_hidden()


def test_what_adds_up_is_pythons_account(seven: Trace, file: Path, opened: Open) -> None:
    page = opened(file)
    why = seven.why()
    shares = [share.amount for share in why.shares if share.sort == "bias"]
    assert amounts(page) == pytest.approx([*why.inputs.values(), *shares], rel=1e-9)
    assert value(page, "value") == why.value
    assert sum(amounts(page)) == pytest.approx(why.value, rel=1e-5)
    maps = page.locator("#why [data-why-map]").evaluate_all(
        "all => all.map((e) => [e.dataset.whyMap, e.dataset.value])"
    )
    for place, amount in maps:
        name, channel = place.rsplit(" ", 1)
        assert float(amount) == pytest.approx(float(why.maps[name][int(channel)]), rel=1e-6)


def test_one_class_rather_than_another_is_a_choice(seven: Trace, file: Path, opened: Open) -> None:
    page = opened(file)
    page.locator("[data-why-instead]").select_option(label="9")
    why = seven.why("7", instead_of="9")
    expect(page.locator("[data-why-said]")).to_contain_text("The logit of 7 over that of 9")
    assert value(page, "value") == pytest.approx(why.value, rel=1e-9)
    assert sum(amounts(page)) == pytest.approx(why.value, rel=1e-5)
    assert value(page, "expected") == pytest.approx(why.value - why.cover(12, 12, 5).expected, rel=1e-5)


def test_a_patch_is_dragged_and_moved_by_keys(seven: Trace, file: Path, opened: Open) -> None:
    page = opened(file)
    why = seven.why()
    picture = page.locator("[data-why-picture]")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 17.5 / 28, box["y"] + box["height"] * 11.5 / 28)
    page.mouse.up()
    expect(page.locator("[data-why-outcome]")).to_contain_text("a black patch of 5×5 at y 9, x 15")
    changed = why.cover(9, 15, 5)
    assert value(page, "after") == pytest.approx(changed.after, rel=1e-5)
    assert value(page, "expected") == pytest.approx(changed.before - changed.expected, rel=1e-5)
    expect(page.locator("[data-why-answer]")).to_have_text(changed.prediction[0][0])
    picture.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-why-outcome]")).to_contain_text("at y 10, x 15")
    assert value(page, "after") == pytest.approx(why.cover(10, 15, 5).after, rel=1e-5)
    assert "y 10, x 15" in str(picture.get_attribute("aria-label"))
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-why-outcome]")).to_contain_text("at y 10, x 23")


def test_a_map_is_switched_off_and_gone_to(seven: Trace, file: Path, opened: Open) -> None:
    page = opened(file)
    why = seven.why()
    step = why.grad_cam().step
    page.locator("[data-why-channel]").fill("3")
    page.locator("[data-why-off]").click()
    expect(page.locator("[data-why-outcome]")).to_contain_text(f"channel 3 of {step} switched off")
    assert value(page, "after") == pytest.approx(why.without(step, 3).after, rel=1e-5)
    chip = page.locator(f'#why [data-why-step="{step}"] [data-why-map]').first
    channel = str(chip.get_attribute("data-why-map")).rsplit(" ", 1)[1]
    chip.click()
    expect(page.locator("#layer [data-layer]")).to_have_text(step)
    expect(page.locator("[data-why-channel]")).to_have_value(channel)
    page.locator("[data-why-channel]").fill("99999")
    page.locator("[data-why-off]").click()
    expect(page.locator("[data-why-outcome]")).to_contain_text(f"channel 63 of {step} switched off")


def test_what_is_over_the_picture_is_a_choice(file: Path, opened: Open) -> None:
    page = opened(file)
    drawn = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].join()"
    seen = set()
    for view in ("pixels", "cam", "falls"):
        page.locator("[data-why-view]").select_option(view)
        seen.add(page.locator("[data-why-picture]").evaluate(drawn))
    assert len(seen) == 3


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_is_wider_and_everybody_can_use_it(file: Path, opened: Open, dark: bool) -> None:
    page = opened(file, width=390, height=800, dark=dark)
    page.locator("#why").scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#why summary").click()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('#why')")
    assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found["violations"]] == []
