"""Forward and back on the page: the switch, the link, one weight's whole step, the player, and what a file may hold."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsers import AXE
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.training import update
from fivebyfive.views.page import document, html, keep, write
from fivebyfive.views.page.smaller import names

from .conftest import Open, keep_picture
from .going_back import READ, go_back, traced
from .reading import in_file

OPTIMIZERS = {
    "sgd": ("sgd", {}),
    "momentum": ("sgd", {"momentum": 0.9}),
    "adam": ("adam", {}),
    "adamw": ("adamw", {"weight_decay": 0.01}),
}


@pytest.fixture(scope="module")
def gone() -> Trace:
    return traced("conv_net")


@pytest.fixture(scope="module")
def file(gone: Trace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("back") / "page.html"
    write(gone, path)
    return path


def test_the_switch_turns_the_whole_page(file: Path, opened: Open) -> None:
    page = opened(file)
    expect(page.locator("#way-back")).to_be_hidden()
    expect(page.locator("#weight")).to_be_hidden()
    expect(page.locator("#sizes")).to_be_hidden()
    page.click("[data-way=back]")
    expect(page.locator("html")).to_have_attribute("data-going", "back")
    expect(page.locator("#way")).to_contain_text("to make the loss smaller")
    expect(page.locator("#way [data-label]")).to_have_attribute("data-label", "4")
    expect(page.locator("#legend")).to_contain_text("raising this value raises the loss")
    for part in ("#way-back", "#weight", "#sizes", "#number"):
        expect(page.locator(part)).to_be_visible()
    assert page.locator(".edges path[marker-start]").count()
    page.wait_for_function("() => location.hash.includes('way=back')")
    page.click("[data-way=forward]")
    expect(page.locator("#way-back")).to_be_hidden()
    assert not page.locator(".edges path[marker-start]").count()


def test_a_key_turns_it_unless_one_types(file: Path, opened: Open) -> None:
    page = opened(file, "step=conv1.conv2d&channel=0&y=1&x=1&way=back")
    page.keyboard.press("b")
    expect(page.locator("html")).to_have_attribute("data-going", "forward")
    page.keyboard.press("b")
    expect(page.locator("html")).to_have_attribute("data-going", "back")
    page.press("[data-rate]", "b")
    expect(page.locator("html")).to_have_attribute("data-going", "back")


def test_a_file_without_a_way_back_has_no_switch(conv_net_file: Path, opened: Open) -> None:
    page = opened(conv_net_file, "step=conv1.conv2d&channel=0&y=1&x=1&way=back")
    expect(page.locator("#way")).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-going", "forward")
    page.keyboard.press("b")
    expect(page.locator("html")).to_have_attribute("data-going", "forward")


def test_pointing_at_a_map_lights_what_its_gradient_comes_from(file: Path, opened: Open) -> None:
    page = opened(file, "step=conv1.conv2d&channel=0&y=1&x=1&way=back")
    page.locator('canvas[data-maps="conv1.max_pool"]').hover(position={"x": 5, "y": 5})
    lit = page.locator(".block.lit").evaluate_all("all => all.map((block) => block.dataset.step)")
    assert set(lit) == {"conv1.max_pool", "conv2.relu"}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("rate", [None, 0.3])
def test_a_weights_whole_step_is_what_python_writes(name: str, rate: float | None, file: Path, opened: Open) -> None:
    kind, settings = OPTIMIZERS[name]
    page = opened(file, "step=conv2.conv2d&channel=2&y=6&x=9&way=back")
    page.select_option("[data-optimizer]", name)
    if rate is not None:
        page.fill("[data-rate]", str(rate))
    lr = float(page.input_value("[data-rate]"))
    shown = page.evaluate(READ)["weight"]
    said = update.from_values(kind, {"lr": lr, **settings}, step=1, gradient=shown["gradient"], before=shown["value"])
    rows = page.locator("#weight tr").evaluate_all("all => all.map((tr) => [...tr.children].map((c) => c.textContent))")
    assert rows == [[q.name, q.symbols, q.figures] for q in said.quantities]
    values = page.locator("#weight tr").evaluate_all("all => all.map((tr) => Number(tr.dataset.value))")
    assert values == pytest.approx([q.value for q in said.quantities], rel=1e-12)
    assert page.locator("[data-step-words]").all_text_contents() == list(said.words)


def test_the_player_adds_a_filters_gradient_up_place_by_place(gone: Trace, file: Path, opened: Open) -> None:
    page = opened(file)
    step = gone["conv2.conv2d"]
    assert isinstance(step, Step)
    go_back(page, step, 6, 9, 2)
    whole = page.locator("#layer [data-weight-sum]").get_attribute("data-value")
    page.click("[data-play=step]")
    expect(page.locator("#layer .filter-back")).to_contain_text("After 95 of 196")
    expect(page.locator("#layer [data-so-far]")).to_have_count(1)
    assert page.locator("#layer [data-weight-sum]").get_attribute("data-value") == whole


def test_the_filter_is_walked_through_by_keys_and_its_terms_lead_to_their_places(file: Path, opened: Open) -> None:
    page = opened(file, "step=conv2.conv2d&channel=2&y=6&x=9&way=back")
    weight = page.locator("#layer [data-weight]")
    source = (weight.get_attribute("data-weight") or "").split()[1]
    page.press("#layer [data-map=filter]", "ArrowDown")
    page.press("#layer [data-map=filter]", "ArrowRight")
    expect(weight).to_have_attribute("data-weight", f"2 {source} 6")
    term = page.locator("[data-weight-term]").first
    y, x = term.get_attribute("data-y"), term.get_attribute("data-x")
    term.locator("button").click()
    expect(page.locator("#way-back h3")).to_contain_text(f"y {y}, x {x}")


def test_from_a_value_without_a_gradient_it_leads_to_the_largest(gone: Trace, file: Path, opened: Open) -> None:
    page = opened(file)
    step = gone["conv2.conv2d"]
    assert step.gradient is not None
    assert go_back(page, step, 6, 9, 2)["gradient"] == 0
    page.click("[data-largest]")
    largest = float(step.gradient.abs().max())
    assert abs(page.evaluate(READ)["gradient"]) == pytest.approx(largest)
    expect(page.locator("[data-largest]")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_it_fits_and_can_be_read_by_everybody(width: int, dark: bool, file: Path, opened: Open) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; npm install gets it")
    page = opened(file, "step=conv2.conv2d&channel=2&y=6&x=9&way=back", width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = page.evaluate(f"async () => {{ {AXE.read_text(encoding='utf-8')}; return (await axe.run()).violations; }}")
    assert [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in found] == []
    if width == 1280:
        page.select_option("[data-optimizer]", "adam")
        assert page.locator(".whole-step").evaluate("e => e.scrollWidth <= e.clientWidth"), "the whole step is in view"
        keep_picture(page, "page-weight", "#weight")


def test_without_a_label_not_a_byte_is_more(gone: Trace) -> None:
    plain = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])
    parts = [document.values(plain), in_file(html(plain))]
    for part in parts:
        assert "back" not in part.fields
        assert not [n for n in part.buffers if n.split("/")[0] in ("gradient", "derivative", "weight-gradient")]
    forward, back = document.values(plain).buffers, document.values(gone).buffers
    assert set(forward) < set(back)


def test_a_file_keeps_to_its_budget_and_says_what_of_the_way_back_it_leaves_out(
    gone: Trace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opened: Open
) -> None:
    monkeypatch.setattr(keep, "FILE", 130_000)
    page = html(gone)
    part = in_file(page)
    said = [note for note in part.fields["left_out"] if "gradients" in note]
    assert said
    kept = {name for name in part.buffers if name.startswith("gradient/")}
    same = part.fields["back"]["same"]
    lost = [step for step in gone.steps if f"gradient/{same.get(str(step.index), step.index)}" not in kept]
    assert lost
    assert any(names(lost) in note for note in said)
    path = tmp_path / "small.html"
    path.write_text(page, encoding="utf-8")
    shown = opened(path)
    _expect_said(shown, lost[0])


def _expect_said(page: Page, step: Step) -> None:
    page.evaluate("hash => { location.hash = hash; }", f"step={step.name}&way=back")
    expect(page.locator("#way-back h3")).to_contain_text("its gradient is not in this file")


def test_a_file_in_half_precision_says_about_and_blames_nobody(
    gone: Trace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opened: Open
) -> None:
    monkeypatch.setattr(keep, "FILE", 650_000)
    page = html(gone)
    rounded = in_file(page).fields["back"]["rounded"]
    assert rounded
    path = tmp_path / "halves.html"
    path.write_text(page, encoding="utf-8")
    shown = opened(path)
    for index in rounded:
        step = gone.steps[index]
        height, width, channels = step.size
        go_back(shown, step, height // 2, width // 2, channels // 2)
        heading = shown.locator("#way-back h3")
        if "is not in this file" not in heading.inner_text():
            expect(heading).to_contain_text("gradient ≈")
        expect(shown.locator("#way-back")).not_to_contain_text("stands between")
