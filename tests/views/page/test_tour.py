"""The tour walked from end to end in the browser: what each stop says, shows, asks and answers."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browsers import AXE
from fivebyfive.explain.telling import telling
from fivebyfive.explain.trace import Trace
from fivebyfive.lesson import Stop, filled, lesson
from fivebyfive.views.page import write
from lesson.conftest import toured

from .conftest import Open, keep_picture

NUMBER = re.compile(r"−?\d[\d,]*(?:\.\d+)?")
SUBSCRIPT = re.compile(r"_\{([^}]*)\}")
OFTEN = ("conv_net", "quick", "resnet_blocks", "convnext_permute")


@pytest.fixture(scope="module")
def tours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Trace, Path]]:
    folder = tmp_path_factory.mktemp("tours")
    found = {name: (toured(name).trace, folder / f"{name}.html") for name in OFTEN}
    for trace, path in found.values():
        write(trace, path)
    return found


def same(shown: str, told: str) -> bool:
    """The same words, and the same numbers but for what a file rounds."""
    told = SUBSCRIPT.sub(r"\1", told)
    values = [[float(n.replace("−", "-").replace(",", "")) for n in NUMBER.findall(text)] for text in (shown, told)]
    return NUMBER.sub("#", shown) == NUMBER.sub("#", told) and values[0] == pytest.approx(values[1], rel=2e-3, abs=2e-3)


WALK = """async (asks) => {
    const card = document.querySelector("#tour-card");
    const find = (selector) => card.querySelector(selector);
    const verdict = () => [find(".tour-verdict").dataset.verdict, find(".tour-verdict").textContent];
    const answer = (ask, text) => {
        if (ask.answers.length > 1) return find(`[data-tour-choice="${ask.answers.indexOf(text)}"]`).click();
        find("[data-tour-typed]").value = text;
        find("[data-tour-check]").click();
    };
    const found = [];
    document.querySelector("#tour").click();
    for (const ask of asks) {
        await new Promise(requestAnimationFrame);
        const ring = document.querySelector("[data-tour-ring]").getBoundingClientRect();
        answer(ask, ask.answers.length > 1 ? ask.answers[(ask.right + 1) % ask.answers.length] : `1${ask.answers[0]}`);
        const wrong = verdict();
        find("[data-tour-tell]").click();
        const told = verdict();
        answer(ask, ask.answers[ask.right]);
        found.push({
            id: card.dataset.stop,
            at: find("[data-tour-at]").textContent,
            title: find("h2").textContent,
            says: [...card.querySelectorAll("[data-tour-says]")].map((one) => one.textContent),
            layer: document.querySelector("#layer [data-layer]").textContent,
            number: document.querySelector("#number [data-total]")?.dataset.value,
            seen: ring.bottom > 60 && ring.top < innerHeight - 60 && ring.height > 40,
            verdicts: [wrong, told, verdict()],
        });
        find("[data-tour=after]").click();
    }
    return [found, card.hidden, document.querySelector("#tour").textContent];
}"""
"""Goes from stop to stop by the buttons, answers each question wrongly, has it told, answers it rightly."""


def assert_stop(found: dict[str, Any], trace: Trace, stop: Stop) -> None:
    """What the page showed at a stop."""
    assert stop.ask is not None
    assert (found["id"], found["title"]) == (stop.id, stop.title)
    for shown, sentence in zip(found["says"], stop.says, strict=True):
        assert same(shown, filled(trace, sentence)), (shown, filled(trace, sentence))
    assert found["seen"], stop.id
    (wrong, _), (told, answer), (right, because) = found["verdicts"]
    assert (wrong, told, right) == ("wrong", "told", "right")
    assert answer.startswith(f"{stop.ask.answers[stop.ask.right]}. ")
    assert same(because, f"Right. {filled(trace, stop.ask.because)}")
    if stop.step is not None:
        step = trace.steps[stop.step]
        assert found["layer"] == step.name
        y, x, channel = telling(trace)[step.index]
        highest = step.value(y, x, channel) if stop.channel is None else float(step.maps[stop.channel].max())
        assert float(found["number"]) == pytest.approx(highest, rel=2e-3, abs=2e-3)


@pytest.mark.parametrize("name", OFTEN)
def test_the_tour_is_walked_from_end_to_end(name: str, tours: dict[str, tuple[Trace, Path]], opened: Open) -> None:
    trace, path = tours[name]
    stops = lesson(trace)
    page = opened(path, width=1400, height=900)
    found, hidden, offer = page.evaluate(WALK, [asdict(stop)["ask"] for stop in stops])
    for one, stop in zip(found, stops, strict=True):
        assert_stop(one, trace, stop)
    assert [one["at"] for one in found] == [f"stop {i} of {len(stops)}" for i in range(1, len(stops) + 1)]
    assert hidden
    assert offer == "Take the tour"


def test_a_stop_has_a_link_and_the_keyboard_goes_on(tours: dict[str, tuple[Trace, Path]], opened: Open) -> None:
    _, path = tours["conv_net"]
    page = opened(path, "stop=padding", width=390, height=844)
    card = page.locator("#tour-card")
    expect(card).to_have_attribute("data-stop", "padding")
    sizes = page.locator("[data-tour-size]")
    assert [size.text_content() for size in sizes.all()] == ["28×28", "24×24"]
    page.click("[data-tour-stride='2']")
    assert [size.text_content() for size in sizes.all()] == ["14×14", "12×12"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("n")
    expect(card).to_have_attribute("data-stop", "bias")
    page.focus(".tour-body")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("p")
    expect(card).to_have_attribute("data-stop", "strides")
    page.fill("[data-tour-typed]", "")
    page.locator("[data-tour-typed]").press("n")  # typed into the field
    expect(card).to_have_attribute("data-stop", "strides")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert not page.locator("[data-tour-ring]").count()
    expect(page.locator("#tour")).to_be_focused()
    expect(page.locator("#tour")).to_have_text("Go on with the tour")
    expect(page.locator("#tour")).to_have_attribute("title", "From stop 7 of 16 on")
    page.wait_for_function("() => !location.hash.includes('stop=')")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("n")
    expect(card).to_be_hidden()
    page.click("#tour")
    expect(card).to_have_attribute("data-stop", "strides")
    expect(page.locator("#tour-title")).to_be_focused()


def test_who_wants_no_motion_sees_the_whole_map(tours: dict[str, tuple[Trace, Path]], opened: Open) -> None:
    page = opened(tours["conv_net"][1], width=1400, height=900)
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("location.hash = 'stop=padding'")
    expect(page.locator("[data-tour-play]")).to_have_text("play")
    keep_picture(page, "page-tour")
    page.click("[data-tour-play]")
    expect(page.locator("[data-tour-play]")).to_have_text("pause")


def test_nothing_keeps_anybody_from_the_tour(tours: dict[str, tuple[Trace, Path]], opened: Open) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    _, path = tours["conv_net"]
    page = opened(path, "stop=padding", width=390, height=844)
    page.click("[data-tour-play]")
    expect(page.locator("[data-tour-play]")).to_have_text("play")
    script = f"async () => {{ {AXE.read_text(encoding='utf-8')}; return axe.run('#tour-card'); }}"
    for stop, theme in (("padding", "light"), ("convolution", "light"), ("weights", "dark")):
        page.evaluate("stop => { location.hash = `stop=${stop}`; }", stop)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        expect(page.locator("#tour-card")).to_have_attribute("data-stop", stop)
        found = page.evaluate(script)["violations"]
        assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []
