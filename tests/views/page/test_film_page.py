"""The film of a training on the page, in real Chromium: from a file, and from `5x5 serve`."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import fivebyfive
from fivebyfive import model
from fivebyfive.cli import loading
from fivebyfive.explain import explain
from fivebyfive.learning import Film
from fivebyfive.screening import screened
from fivebyfive.serving.answers import Answers
from fivebyfive.serving.channel import Question
from fivebyfive.training.run import train
from fivebyfive.views import page as page_of
from fivebyfive.views.page import html, live
from fivebyfive.views.page.envelope import unpack

from .conftest import Open

SEVEN = np.zeros((28, 28), np.uint8)
SEVEN[6:9, 8:20], SEVEN[9:24, 16:19] = 255, 255


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("filmed")


@pytest.fixture(scope="module")
def film(state: Path) -> Film:
    """Of a short training of the post's network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(state / "state"))
        train("conv_net", samples=1500, batch_size=50, display_step=5, out=state / "run", film=12)
    return fivebyfive.learn(state / "run")


@pytest.fixture(scope="module")
def film_file(film: Film, state: Path) -> Path:
    trained = model.load(film.folder)
    path = state / "film.html"
    explain(trained, SEVEN, raw=True).to_html(path, screened(film, trained))
    return path


@pytest.fixture
def page(opened: Open, film_file: Path) -> Page:
    found = opened(film_file)
    found.wait_for_selector("html[data-filmed]")
    return found


def _go(page: Page, frame: int) -> None:
    page.locator("[data-frame=A]").evaluate(
        "(slider, frame) => { slider.value = frame; slider.dispatchEvent(new Event('input')); }", str(frame)
    )


def _pixels(page: Page) -> str:
    return str(page.locator("canvas.filters").first.evaluate("canvas => canvas.toDataURL()"))


def test_the_slider_goes_through_all_frames(page: Page, film: Film) -> None:
    expect(page.locator("#training")).to_have_attribute("data-step", str(film.steps[-1]))
    assert page.locator("[data-frame=A]").get_attribute("max") == str(len(film) - 1)
    seen = set()
    for frame, step in enumerate(film.steps):
        _go(page, frame)
        expect(page.locator("#training")).to_have_attribute("data-step", str(step))
        seen.add(_pixels(page))
    assert len(seen) == len(film)
    _go(page, 0)
    expect(page.locator("[data-when=A]")).to_contain_text("nothing is learned yet")


def test_the_answer_of_every_frame_is_the_films(page: Page, film: Film) -> None:
    for frame in (0, len(film) // 2, len(film) - 1):
        _go(page, frame)
        said = [float(row.get_attribute("data-probability") or "nan") for row in page.locator("[data-said=A] li").all()]
        np.testing.assert_allclose(said, film.answers(frame)[0].numpy(), atol=1e-3)


def test_the_pictures_it_got_wrong_are_counted_and_told(page: Page, film: Film) -> None:
    for frame in (0, len(film) - 1):
        _go(page, frame)
        count = len(film.wrong(frame))
        label = page.locator("[data-wrong=A]").get_attribute("aria-label") or ""
        assert label.count(" read as ") == count
        expect(page.locator("[data-how=A]")).to_contain_text(f"{len(film.labels) - count} right")


def test_a_weights_life_is_the_films(page: Page, film: Film) -> None:
    frame = len(film) - 2
    _go(page, frame)
    canvas = page.locator("canvas.filters").first
    canvas.press("ArrowRight")
    canvas.press("ArrowRight")
    expect(page.locator("[data-life] h3")).to_have_text("The life of one weight: filter 0, y 0, x 1")
    life = film.weight("weights.wc1", 0, 1, 0, 0).moments[frame]
    for name, value in (("value", life.value), ("gradient", life.gradient), ("m", life.m), ("v", life.v)):
        assert value is not None
        shown = page.locator(f'[data-life] [data-moment="{name}"]').get_attribute("data-value")
        assert float(shown or "nan") == pytest.approx(value, rel=1e-2, abs=2e-3 if name == "value" else 0)


def test_two_frames_stand_side_by_side(page: Page, film: Film) -> None:
    page.locator("[data-setting=compare]").check()
    _go(page, 0)
    expect(page.locator("[data-when=B]")).to_contain_text(f"step {film.steps[-1]} of")
    first, second = (page.locator(f"[data-moment={name}] canvas.filters") for name in "AB")
    assert first.evaluate("c => c.toDataURL()") != second.evaluate("c => c.toDataURL()")
    boxes = first.bounding_box(), second.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]


def test_every_layer_and_all_its_channels_can_be_seen(page: Page) -> None:
    layers = page.locator("[data-setting=layer] option").all_inner_texts()
    assert layers == ["weights.wc1", "weights.wc2", "weights.out"]
    page.locator("[data-setting=layer]").select_option(label="weights.wc2")
    expect(page.locator("[data-moment=A] figcaption").first).to_contain_text("64 filters of 5×5×32, every channel")
    every = _pixels(page)
    page.locator("[data-setting=channel]").select_option(label="4")
    expect(page.locator("[data-moment=A] figcaption").first).to_contain_text("channel 4 of 0–31")
    assert _pixels(page) != every


def test_the_same_pictures_maps_change_with_the_frame(page: Page) -> None:
    maps = page.locator("[data-moment=A] .layers canvas")
    assert maps.count() == 2
    now = maps.first.evaluate("c => c.toDataURL()")
    _go(page, 0)
    assert maps.first.evaluate("c => c.toDataURL()") != now
    page.locator("[data-asked='2']").click()
    expect(page.locator(".seen")).to_have_attribute("aria-label", re.compile("Picture 3"))


def test_it_plays_to_its_end(page: Page, film: Film) -> None:
    _go(page, 0)
    page.locator("[data-film=play]").click()
    expect(page.locator("#training")).to_have_attribute("data-step", str(film.steps[-1]))
    expect(page.locator("[data-film=play]")).to_have_text("Play")


def test_it_is_drawn_again_for_another_width_and_not_for_another_height(page: Page) -> None:
    page.evaluate("""() => {
        const ask = window.requestAnimationFrame;
        window.asked = 0;
        window.requestAnimationFrame = (draw) => { window.asked++; return ask(draw); };
        window.settled = () => new Promise((done) => ask(() => ask(() => setTimeout(done, 0))));
    }""")
    asked = (
        "(style) => { document.querySelector('#training').style = style; return settled().then(() => window.asked); }"
    )
    assert page.evaluate(asked, "padding-bottom: 100px") == 0
    assert page.evaluate(asked, "margin-right: 100px") > 0


def test_on_a_phone_nothing_sticks_out(opened: Open, film_file: Path) -> None:
    page = opened(film_file, width=390, dark=True)
    page.wait_for_selector("html[data-filmed]")
    page.locator("[data-setting=compare]").check()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_page_stays_small_and_one_without_a_film_is_as_it_was(film_file: Path, film: Film) -> None:
    trace = explain(model.load(film.folder), SEVEN, raw=True)
    plain = html(trace)
    assert film_file.stat().st_size < len(plain.encode()) + 6_000_000
    for word in ("training.css", "js/training", "Reel", 'id="training"'):
        assert word not in plain
        assert word not in live()
    linked = set(re.findall(r'^modules\["([\w/.]+)"\] = ', film_file.read_text("utf-8"), re.MULTILINE))
    folder = Path(page_of.__file__).parent / "js"
    assert {f"training/{path.name}" for path in (folder / "training").glob("*.js")} - linked == {"training/follow.js"}


def test_the_models_weights_stay_as_they_are(film: Film) -> None:
    trained = model.load(film.folder)
    before = {name: value.clone() for name, value in trained.network.state_dict().items()}
    screened(film, trained)
    assert all(value.equal(before[name]) for name, value in trained.network.state_dict().items())


def test_the_server_of_a_model_has_the_film_too(film: Film) -> None:
    trained = model.load(film.folder)
    answers = Answers(trained, partial(loading.film, str(film.folder), trained))
    assert answers.filmed
    _, envelope = answers.answer(Question("film"))
    assert len(unpack(envelope).fields["film"]["frames"]) == len(film)
    assert not Answers(trained).filmed
    assert "filmed.js" in live(filmed=True)


def test_an_explanation_made_before_is_as_good_afterwards(film: Film) -> None:
    trained = model.load(film.folder)
    trace = explain(trained, SEVEN, raw=True, label=7)
    screened(film, trained)
    for step in trace.steps:
        step.arithmetic()
        step.back()
