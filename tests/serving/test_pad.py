"""The live page in real Chromium: it follows the pen, and says in words what went wrong."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect
from storm import Served, encoded, photo, served

from browsers import AXE, LOOKS
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.telling import telling
from fivebyfive.lesson import filled, lesson
from photos import in_bytes, paper

SEVEN = [(0.28, 0.22), (0.72, 0.22), (0.45, 0.8)]
ONE = [(0.5, 0.2), (0.5, 0.8)]
DOT = [(0.5, 0.5)]
BLOT = "a blot is no digit yet; draw on"
INK = "canvas => canvas.toDataURL()"


class Tab:
    """The live page in a window of its own, and what its console complained of."""

    def __init__(self, browser: Browser, url: str, dark: bool = False, width: int = 1440) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 1000}, color_scheme="dark" if dark else "light"
        )
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if _is_complaint(m) else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)
        self.page.wait_for_selector("html[data-ready]")

    def draw(self, *strokes: list[tuple[float, float]]) -> None:
        """Draw on the pad with the mouse; points are shares of its width and height."""
        box = self.page.locator("[data-pad]").bounding_box()
        assert box
        for stroke in strokes:
            (x, y), *others = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            for x, y in others:
                self.page.mouse.move(x, y, steps=6)
            self.page.mouse.up()

    def ink(self) -> str:
        """What is drawn on the pad, to tell whether it changed."""
        return str(self.page.locator("[data-pad]").evaluate(INK))

    def expect_answer(self, label: str) -> None:
        expect(self.page.locator("[data-answer=brief-0]")).to_have_attribute("data-label", label)


def _is_complaint(message: ConsoleMessage) -> bool:
    """Not so the browser's own report of a picture that was refused, as a stroke may be that has only begun: which of
    its moments are sent depends on how fast the answers come."""
    return message.type in ("error", "warning") and "status of 422" not in message.text


@pytest.fixture
def tab(chromium: Browser, server: Served) -> Iterator[Tab]:
    """The page; afterwards the console must be silent, but for what the browser itself reports of a refused picture: a
    stroke begins as a dot, which is none yet.
    """
    opened = Tab(chromium, server.url)
    yield opened
    opened.page.context.close()
    assert all("422 (Unprocessable" in complaint for complaint in opened.complaints)


def total(page: Page) -> float:
    return float(page.locator("#number [data-total]").get_attribute("data-value") or "nan")


def test_a_digit_is_drawn_and_the_answer_follows(tab: Tab) -> None:
    tab.draw(SEVEN)
    tab.expect_answer("7")
    expect(tab.page.locator("#preparation")).to_be_visible()
    tab.page.locator("[data-pad-clear]").click()
    tab.draw(ONE)
    tab.expect_answer("1")


def test_everything_follows_while_the_pen_is_still_down(tab: Tab) -> None:
    box = tab.page.locator("[data-pad]").bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in ONE]
    tab.page.mouse.move(*points[0])
    tab.page.mouse.down()
    tab.page.mouse.move(*points[1], steps=6)
    tab.expect_answer("1")
    tab.page.mouse.up()


def test_undo_takes_the_last_stroke_back_and_clear_all_of_them(tab: Tab) -> None:
    tab.page.locator("[data-pad-clear]").click()
    blank = tab.ink()
    tab.draw(ONE)
    one = tab.ink()
    tab.expect_answer("1")
    tab.draw([(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)])
    assert tab.ink() != one
    tab.page.locator("[data-pad-undo]").click()
    assert tab.ink() == one
    tab.expect_answer("1")
    tab.page.locator("[data-pad-clear]").click()
    assert tab.ink() == blank


def test_a_picture_that_is_chosen_is_drawn_over_and_the_link_keeps_both(tab: Tab) -> None:
    expect(tab.page.locator("[data-gallery]")).to_have_count(16)
    tab.page.locator("[data-gallery]").nth(6).click()
    tab.expect_answer("6")
    chosen = tab.ink()
    tab.draw([(0.2, 0.08), (0.8, 0.08)])
    assert tab.ink() != chosen
    tab.page.wait_for_url(re.compile("mnist=11&drawn="))
    again = tab.page.context.new_page()
    again.goto(tab.page.url)
    again.wait_for_selector("html[data-version]:not([data-asking])")
    assert again.locator("[data-pad]").evaluate(INK) == tab.ink()
    again.close()
    tab.page.locator("[data-pad-undo]").click()
    tab.expect_answer("6")
    assert tab.ink() == chosen


def test_the_pad_is_drawn_on_with_keys(tab: Tab) -> None:
    pad = tab.page.locator("[data-pad]")
    pad.focus()
    for _ in range(8):
        pad.press("ArrowUp")
    for _ in range(16):
        pad.press("Shift+ArrowDown")
    tab.expect_answer("1")


def test_a_number_of_mnist_and_a_file_are_explained_like_a_drawing(tab: Tab) -> None:
    tab.page.locator("[data-mnist]").fill("1")
    tab.page.locator("[data-mnist]").press("Enter")
    tab.expect_answer("2")
    expect(tab.page.locator("#label")).to_contain_text("2")
    tab.page.locator("[data-picture]").set_input_files(
        {"name": "7.png", "mimeType": "image/png", "buffer": encoded(photo(), "PNG")}
    )
    tab.expect_answer("7")


def test_a_picture_is_kept_to_compare_the_next_one_with(tab: Tab) -> None:
    page = tab.page
    tab.expect_answer("7")
    page.locator("[data-compare-act=keep]").click()
    expect(page.locator(".compare-words")).to_contain_text("All values are the same.")
    page.locator("[data-mnist]").fill("1")
    page.locator("[data-mnist]").press("Enter")
    expect(page.locator(".compare-words")).to_contain_text("What goes in differs already")
    page.locator('[data-apart="out.add"]').click()
    pixels = datasets.load("mnist").test.pixels
    a, b = (explain(model.load(), pixels[n])["out.add"].output[0] for n in (1, 0))
    bar = page.locator('[data-apart="out.add"]').get_attribute("data-value")
    assert float(bar or "nan") == pytest.approx(float((a - b).norm() / a.norm()), rel=1e-5)
    page.locator("[data-compare-act=forget]").click()
    expect(page.locator("[data-apart]")).to_have_count(0)
    expect(page.locator("[data-compare-act=keep]")).to_be_visible()


def test_the_numbers_are_those_of_the_new_picture(tab: Tab) -> None:
    step = explain(model.load(), datasets.load("mnist").test.pixels[1])["conv2.relu"]
    tab.page.locator("[data-mnist]").fill("1")
    tab.page.locator("[data-mnist]").press("Enter")
    tab.expect_answer("2")
    tab.page.locator('.block[data-step="conv2.relu"] .head').click()
    expect(tab.page.locator("#layer [data-layer]")).to_have_text("conv2.relu")
    output = tab.page.locator('[data-map="output"]').first
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    assert box
    for y, x in ((7, 7), (0, 7), (13, 13)):
        tab.page.mouse.move(box["x"] + (x + 0.5) / 14 * box["width"], box["y"] + (y + 0.5) / 14 * box["height"])
        assert total(tab.page) == pytest.approx(step.value(y, x, 0), rel=1e-5, abs=1e-6)


def test_the_tour_speaks_of_the_picture_that_is_shown(tab: Tab) -> None:
    trace = explain(model.load(), datasets.load("mnist").test.pixels[1])
    tab.page.evaluate("location.hash = 'stop=number'")
    expect(tab.page.locator("#tour-card")).to_have_attribute("data-stop", "number")
    tab.page.locator("[data-mnist]").fill("1")
    tab.page.locator("[data-mnist]").press("Enter")
    tab.expect_answer("2")
    (stop,) = (stop for stop in lesson(trace) if stop.id == "number")
    told = [filled(trace, sentence) for sentence in stop.says]
    shown = tab.page.locator("[data-tour-says]").all_text_contents()
    assert [text for text in shown if "Σ" not in text] == [text for text in told if "Σ" not in text]
    y, x, channel = telling(trace)[2]
    assert total(tab.page) == pytest.approx(trace[2].value(y, x, channel), rel=1e-5)


def test_a_chosen_number_stays_chosen_and_follows_the_picture(tab: Tab) -> None:
    tab.page.evaluate("location.hash = 'step=fc1.add&channel=5&y=0&x=0'")
    expect(tab.page.locator("#number h3")).to_contain_text("fc1.add at unit 5")
    before = total(tab.page)
    tab.draw(SEVEN)
    tab.expect_answer("7")
    expect(tab.page.locator("#number h3")).to_contain_text("fc1.add at unit 5")
    assert total(tab.page) != before


def test_a_wrong_file_is_told_in_words_and_the_drawing_is_kept(chromium: Browser, server: Served) -> None:
    tab = Tab(chromium, server.url)
    tab.draw(SEVEN)
    tab.expect_answer("7")
    ink = tab.ink()
    tab.page.locator("[data-picture]").set_input_files(
        {"name": "7.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    )
    expect(tab.page.locator("#trouble")).to_contain_text("not a picture")
    assert tab.ink() == ink
    tab.expect_answer("7")
    tab.draw(ONE)
    expect(tab.page.locator("#trouble")).to_be_hidden()
    tab.page.context.close()
    assert not tab.complaints


def test_a_server_that_is_gone_is_told_in_words_and_the_drawing_is_kept(chromium: Browser) -> None:
    with served() as server:
        tab = Tab(chromium, server.url)
        tab.draw(SEVEN)
        tab.expect_answer("7")
        ink = tab.ink()
    tab.page.locator("[data-mnist]").fill("1")
    tab.page.locator("[data-mnist]").press("Enter")
    expect(tab.page.locator("#trouble")).to_contain_text("5x5 serve")
    assert tab.ink() == ink
    tab.page.context.close()
    assert all("ERR_CONNECTION" in complaint or "422" in complaint for complaint in tab.complaints)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_no_serious_violation(chromium: Browser, server: Served, dark: bool, width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    tab = Tab(chromium, server.url, dark, width)
    tab.draw(SEVEN)
    tab.expect_answer("7")
    tab.page.locator("#preparation summary").click()
    found = tab.page.evaluate(
        f"async () => {{ {AXE.read_text(encoding='utf-8')}; return (await axe.run()).violations; }}"
    )
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"]) for v in serious]
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    tab.page.context.close()


def test_a_blank_pad_says_that_the_picture_before_is_still_shown(tab: Tab) -> None:
    undo, clear = tab.page.locator("[data-pad-undo]"), tab.page.locator("[data-pad-clear]")
    expect(undo).to_be_disabled()
    tab.draw(SEVEN)
    tab.expect_answer("7")
    clear.press("Enter")
    expect(clear).to_be_disabled()
    expect(tab.page.locator("#label")).to_contain_text("The pad is blank")
    expect(tab.page.locator("[data-pad]")).to_be_focused()
    tab.expect_answer("7")


def test_an_answer_that_comes_after_the_pad_was_cleared_leaves_that_said(tab: Tab) -> None:
    answers: list[Route] = []
    tab.draw(SEVEN)
    tab.expect_answer("7")
    tab.page.route("**/api/explain*", lambda route: answers.append(route))  # a builtin has no arity
    with tab.page.expect_request("**/api/explain*"):
        tab.page.locator("[data-pad]").press("Shift+ArrowRight")  # a seven still, and no stroke that has only begun
    tab.page.locator("[data-pad-clear]").press("Enter")
    expect(tab.page.locator("#label")).to_contain_text("The pad is blank")
    version = "document.documentElement.dataset.version ?? null"
    shown = tab.page.evaluate(version)
    answers.pop().continue_()
    tab.page.wait_for_function(f"shown => ({version}) !== shown", arg=shown)
    expect(tab.page.locator("#label")).to_contain_text("The pad is blank")
    tab.page.unroute("**/api/explain*")


def test_a_dot_has_no_answer_and_says_why_where_the_answer_stands(tab: Tab) -> None:
    tab.draw(SEVEN)
    tab.expect_answer("7")
    place = tab.page.locator("[data-pad]").bounding_box()
    tab.page.locator("[data-pad-clear]").press("Enter")
    tab.draw(DOT)
    expect(tab.page.locator("[data-no-answer]")).to_have_text(BLOT)
    expect(tab.page.locator("#brief [data-answer]")).to_have_count(0)
    expect(tab.page.locator("#answer h3")).to_have_text("The answer of the picture before")
    expect(tab.page.locator("#trouble")).to_be_hidden()
    assert tab.page.locator("[data-pad]").bounding_box() == place
    tab.page.locator("[data-pad-clear]").press("Enter")
    tab.expect_answer("7")
    expect(tab.page.locator("#label")).to_contain_text("The pad is blank")


WATCHED = """() => {
    window.seen = [];
    const look = () => {
        const says = document.querySelector("#brief").innerText.replace(/\\s+/g, " ");
        const trouble = !document.querySelector("#trouble").hidden;
        const tops = ["[data-pad]", "#code"].map((name) => document.querySelector(name).getBoundingClientRect().top);
        window.seen.push({ says, trouble, tops: String(tops) });
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


@pytest.mark.parametrize("width", [1440, 390], ids=["desk", "phone"])
def test_while_a_stroke_becomes_a_digit_nothing_moves_and_the_answer_comes_once(
    chromium: Browser, server: Served, width: int
) -> None:
    tab = Tab(chromium, server.url, width=width)
    tab.draw(SEVEN)
    tab.expect_answer("7")
    tab.page.locator("[data-pad-clear]").press("Enter")
    tab.page.evaluate(WATCHED)
    tab.draw(DOT)
    expect(tab.page.locator("[data-no-answer]")).to_have_text(BLOT)
    tab.draw([(0.5, 0.5), (0.5, 0.85)], [(0.5, 0.5), (0.5, 0.15)])
    tab.expect_answer("1")
    seen = tab.page.evaluate("window.seen")
    assert not any(moment["trouble"] for moment in seen)
    said = [moment["says"] == BLOT for moment in seen]
    first = said.index(True)
    assert said[first:] == sorted(said[first:], reverse=True)  # the answer comes, and the dot does not come back
    assert len({moment["tops"] for moment in seen[first:]}) == 1
    tab.page.context.close()


def test_an_answer_in_doubt_says_so(tab: Tab) -> None:
    tab.draw([(0.3, 0.3), (0.7, 0.7)], [(0.3, 0.7), (0.7, 0.3)])  # a cross
    expect(tab.page.locator("#brief [data-answer=brief-0]")).to_have_attribute("data-label", re.compile("."))
    shown = float(tab.page.locator("#brief [data-answer=brief-0]").get_attribute("data-probability") or "nan")
    expect(tab.page.locator("#brief [data-doubt]")).to_have_count(int(shown < 0.8))


def test_a_photo_is_shown_as_it_was_given_with_what_was_done_to_it_and_goes_with_the_next_picture(tab: Tab) -> None:
    send = tab.page.locator("[data-picture]").set_input_files
    send({"name": "a.png", "mimeType": "image/png", "buffer": in_bytes(paper(["7", "2", "1"]))})
    tab.expect_answer("2")
    caption = tab.page.locator("#photo figcaption")
    expect(caption).to_have_text("The picture as it was given, 900×600 pixels.")
    expect(tab.page.locator("#photo [data-box]")).to_have_count(3)
    expect(tab.page.locator("#photo")).to_contain_text("Of the 3 digits that were found, the largest is explained")
    expect(tab.page.locator("#stages li")).to_have_count(9)
    send({"name": "b.png", "mimeType": "image/png", "buffer": in_bytes(paper(["7"], size=(600, 600)))})
    tab.expect_answer("7")
    expect(caption).to_have_text("The picture as it was given, 600×600 pixels.")
    expect(tab.page.locator("#photo [data-box]")).to_have_count(1)
    tab.page.locator("[data-pad-clear]").click()
    tab.draw(ONE)
    tab.expect_answer("1")
    expect(tab.page.locator("#photo *")).to_have_count(0)
    expect(tab.page.locator("#stages li")).to_have_count(4)


def test_a_photo_without_a_digit_says_so_and_that_the_picture_before_is_shown(tab: Tab) -> None:
    tab.page.locator("[data-picture]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": in_bytes(paper([]))}
    )
    expect(tab.page.locator("#trouble")).to_have_text(
        "no digit found; write it larger or darker, on plain paper. The page still shows the picture before.",
        timeout=30_000,  # grain is looked at in every way before it is given up
    )


def test_a_request_that_takes_long_is_given_up_for_a_newer_picture(tab: Tab) -> None:
    held: list[Route] = []
    tab.page.route("**/api/mnist/3*", lambda route: held.append(route))  # a builtin has no arity
    tab.page.locator("[data-mnist]").fill("3")
    tab.page.locator("[data-mnist]").press("Enter")
    tab.draw(ONE)
    tab.expect_answer("1")
    assert len(held) == 1
    tab.page.unroute("**/api/mnist/3*")
