"""The way back over the wire and on the live page: only when it is asked for, from whatever label, and in words."""

from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, expect
from storm import Served, drawing, encoded, photo, served
from test_pad import SEVEN, Tab

from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.views.page.document import Part, unpack

OWN = """
import torch
from torch import nn

class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, stride=2)

    def forward(self, x):
        return torch.relu(self.conv(x)).mean(dim=(2, 3))

class Detached(Mine):
    def forward(self, x):
        return super().forward(x).detach()
"""


def back_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = unpack(answer.content).fields["back"]
    return found


def test_nothing_of_it_is_sent_unless_it_is_asked_for(client: httpx.Client) -> None:
    plain, forward = client.get("/api/mnist/7"), client.get("/api/mnist/7?way=forward")
    assert plain.content == forward.content
    part = unpack(plain.content)
    assert "back" not in part.fields
    assert not [name for name in part.buffers if "gradient" in name or "derivative" in name]


def test_of_a_test_image_it_starts_from_mnists_own_label(client: httpx.Client) -> None:
    part: Part = unpack(client.get("/api/mnist/7?way=back").content)
    label = str(datasets.load("mnist").test.labels[7])
    assert (part.fields["back"]["label"]["name"], part.fields["back"]["chosen"]) == (label, "mnist")
    trace = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[7], label=label)
    last = trace.steps[-1]
    assert last.gradient is not None
    assert np.allclose(part.buffers[f"gradient/{last.index}"], last.gradient.reshape(-1), atol=1e-6)


def test_of_any_other_picture_it_starts_from_the_answer_or_from_what_is_asked(client: httpx.Client) -> None:
    seven = drawing()
    pad: dict[str, Any] = {"content": seven, "headers": {"Content-Type": "application/octet-stream"}}
    own = back_of(client.post("/api/explain?width=280&height=280&way=back", **pad))
    assert (own["label"]["name"], own["chosen"]) == ("7", "answer")
    asked = back_of(client.post("/api/explain?width=280&height=280&label=3", **pad))
    assert (asked["label"]["name"], asked["chosen"]) == ("3", "asked")
    assert asked["loss"] > own["loss"]
    file = back_of(
        client.post("/api/explain?label=2", content=encoded(photo(), "PNG"), headers={"Content-Type": "image/png"})
    )
    assert file["label"]["name"] == "2"


@pytest.mark.parametrize(
    "query",
    ["label=eleven", "label=10", "label=-1", "label=%00", "label=<b>", "label=1e3", "label=" + "9" * 201, "way=up"],
)
def test_a_label_that_is_none_is_refused_in_a_sentence(client: httpx.Client, query: str) -> None:
    for answer in (
        client.get(f"/api/mnist/3?{query}"),
        client.post(f"/api/explain?{query}", content=encoded(photo(), "PNG"), headers={"Content-Type": "image/png"}),
    ):
        assert answer.status_code == 422
        assert set(answer.json()) == {"error"}
        assert "Traceback" not in answer.text
    assert client.get("/api/mnist/3").status_code == 200


def test_turning_the_switch_asks_and_the_select_asks_again(server: Served, chromium: Browser) -> None:
    tab = Tab(chromium, server.url)
    page = tab.page
    assert page.locator("html").get_attribute("data-going") == "forward"
    page.click("[data-way=back]")
    expect(page.locator("html")).to_have_attribute("data-going", "back")
    expect(page.locator("#way [data-label]")).to_have_attribute("data-label", "7")
    expect(page.locator("#way")).to_contain_text("as MNIST says")
    before = float(page.locator("[data-loss]").get_attribute("data-value") or "nan")
    page.select_option("#way select", "4")
    expect(page.locator("#way [data-label]")).to_have_attribute("data-label", "4")
    assert float(page.locator("[data-loss]").get_attribute("data-value") or "nan") > before
    tab.draw(SEVEN)
    tab.expect_answer("7")
    expect(page.locator("#way [data-label]")).to_have_attribute("data-label", "4")
    page.fill("[data-mnist]", "1")
    page.press("[data-mnist]", "Enter")
    expect(page.locator("#way [data-label]")).to_have_attribute("data-label", "2")
    page.locator("#layer").click(position={"x": 5, "y": 5})
    page.keyboard.press("b")
    expect(page.locator("html")).to_have_attribute("data-going", "forward")
    expect(page.locator("#way-back")).to_be_hidden()
    assert tab.complaints == []


def test_a_link_begins_on_the_way_back(server: Served, chromium: Browser) -> None:
    tab = Tab(chromium, f"{server.url}/#step=conv2.conv2d&channel=1&y=2&x=3&way=back")
    expect(tab.page.locator("#way-back h3")).to_contain_text("conv2.conv2d at y 2, x 3, channel 1")
    assert tab.complaints == []


def test_a_network_that_no_way_leads_back_through_says_so_and_goes_on_forward(
    chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    code = tmp_path_factory.mktemp("own") / "own.py"
    code.write_text(OWN, encoding="utf-8")
    with served("--network", f"{code}:Detached") as own:
        tab = Tab(chromium, own.url)
        tab.page.click("[data-way=back]")
        expect(tab.page.locator("#trouble")).to_contain_text("no way back")
        expect(tab.page.locator("[data-way=forward]")).to_have_attribute("aria-pressed", "true")
