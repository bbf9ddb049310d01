"""Why this answer, live: the server is asked, and what it says is Python's; nobody can make it work for long."""

import httpx
import pytest
from playwright.sync_api import Browser, expect
from storm import Served, drawing
from test_pad import Tab

from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page.document import unpack


@pytest.fixture(scope="module")
def seven() -> Trace:
    return explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])


def test_the_account_is_pythons(client: httpx.Client, seven: Trace) -> None:
    part = unpack(client.post("/api/why?mnist=0&class=7&instead_of=9").content)
    found = part.fields["why"]
    assert found["asked"] == [0, 1]
    for i, name in enumerate(("7", "9")):
        why = seven.why(name)
        assert found["accounts"][i]["value"] == pytest.approx(why.value, rel=1e-6)
        assert part.buffers[f"why-pixels/{i}"] == pytest.approx(why.pixels[0].numpy(), abs=1e-5)


def test_a_drawing_is_asked_about_as_it_was_drawn(client: httpx.Client) -> None:
    raw = {"Content-Type": "application/octet-stream"}
    answer, why = (
        unpack(client.post(f"/api/{name}?width=280&height=280", content=drawing(), headers=raw).content)
        for name in ("explain", "why")
    )
    assert why.fields["why"]["classes"] == [int(answer.buffers["probabilities"].argmax())]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("mnist=0&y=3", "belong together"),
        ("mnist=0&class=99", "is no class of this network"),
        ("mnist=0&class=7&instead_of=7", "is no question"),
        ("mnist=0&y=99&x=1&size=3", "is none in a picture of 28×28"),
        ("mnist=0&y=1&x=1&size=0", "greater than or equal to 1"),
        ("mnist=0&step=2&channel=99999", "outside of"),
        ("mnist=0&step=999&channel=0", "there is no step 999"),
        ("mnist=0&class=" + "9" * 40, "less than or equal to"),
        ("mnist=0&more=1", "not permitted"),
        ("mnist=10000", "less than"),
        ("width=28", "one of them is missing"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong_is_told(client: httpx.Client, query: str, said: str) -> None:
    answer = client.post(f"/api/why?{query}")
    assert answer.status_code == 422
    assert said in answer.json()["error"]


def test_the_page_asks_and_tests_and_follows_the_next_picture(server: Served, chromium: Browser, seven: Trace) -> None:
    tab = Tab(chromium, server.url)
    page = tab.page
    page.locator("[data-why-ask]").click()
    why = seven.why()
    expect(page.locator("[data-why-said]")).to_contain_text("The logit of 7")
    said = page.locator("#why [data-why-value]").get_attribute("data-value")
    assert float(said or "nan") == pytest.approx(why.value, rel=1e-6)
    page.locator("[data-why-picture]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-why-outcome]")).to_contain_text("at y 12, x 15")
    after = page.locator("#why [data-why-after]").get_attribute("data-value")
    assert float(after or "nan") == pytest.approx(why.cover(12, 15, 5).after, rel=1e-5)
    page.locator("[data-why-instead]").select_option("1")
    expect(page.locator("[data-why-said]")).to_contain_text("over that of 1")
    step = why.grad_cam().step
    page.locator("[data-why-channel]").fill("5")
    page.locator("[data-why-off]").click()
    expect(page.locator("[data-why-outcome]")).to_contain_text(f"channel 5 of {step} switched off")
    off = page.locator("#why [data-why-after]").get_attribute("data-value")
    assert float(off or "nan") == pytest.approx(seven.why(7, instead_of=1).without(step, 5).after, rel=1e-4)
    page.locator("[data-mnist]").fill("1")
    page.locator("[data-mnist]").press("Enter")
    expect(page.locator("[data-why-said]")).to_contain_text("The logit of 2 is")
    page.context.close()
    assert not tab.complaints
