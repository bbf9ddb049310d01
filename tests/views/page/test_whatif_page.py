"""What if, through to the answer: what is changed on the page gives the answer of the network that was changed so."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsers import AXE
from fivebyfive import datasets
from fivebyfive.explain import compare, explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import write

from .conftest import Open
from .reading import close, fragment, go, number
from .test_otherwise import bias, off, stack, stride, weight


def answers(page: Page) -> dict[str, float]:
    found = page.locator("#answer [data-answer]").evaluate_all(
        "all => all.map((e) => [e.dataset.label, Number(e.dataset.probability)])"
    )
    return dict(found)


def expect_answer(page: Page, trace: Trace) -> None:
    label, _ = trace.prediction[0]
    expect(page.locator('#brief [data-answer="brief-0"]')).to_have_attribute("data-label", label)
    assert answers(page) == {name: close(p) for name, p in trace.prediction}


def expect_beside(page: Page, changed: Trace, trace: Trace) -> None:
    """The network stands beside itself as it is in the code."""
    found = compare(changed, trace)
    told = page.locator(".compare-words p").all_inner_texts()
    assert [sentence.replace("\u00a0%", "%") for sentence in told] == found.words()
    bars = page.locator("#compare [data-apart]").evaluate_all("all => all.map((bar) => Number(bar.dataset.value))")
    assert bars == pytest.approx([pair.apart.relative for pair in found.pairs if pair.apart], rel=1e-3, abs=1e-6)


def test_what_is_changed_goes_on_to_the_answer(tmp_path: Path, opened: Open) -> None:
    digit = datasets.load("mnist").test.pixels[3]
    other, trace = stack(), explain(stack(), digit)
    write(trace, tmp_path / "page.html")
    page = opened(tmp_path / "page.html", fragment(trace["conv"], 4, 5, 4))
    lab, notice = page.locator("#laboratory"), page.locator("#otherwise")
    expect(notice).to_be_hidden()
    expect(page.locator("#compare")).to_be_hidden()
    expect_answer(page, trace)

    weight(other)  # one here, one further on
    lab.locator("[data-cell='5']").click()
    lab.locator("[name=weight]").fill("3.5")
    expect(notice).to_contain_text("conv: 1 weight changed.")
    go(page, trace["same"], 2, 3, 3)
    lab.locator("[data-cell='2']").click()
    page.evaluate("document.querySelector('#laboratory [name=weight]').focus()")
    go(page, trace["same"], 2, 3, 3)
    page.locator(".row[data-source='4']").first.click()
    lab.locator("[data-cell='2']").click()
    lab.locator("[name=weight]").fill("-2")
    expect(notice).to_contain_text("same: 1 weight changed.")
    bias(other)
    go(page, trace["conv"], 4, 5, 2)
    lab.locator("[name=bias]").fill("5")
    expect(notice).to_contain_text("the bias of channel 2 is 5.000")
    changed = explain(other, digit)
    expect_answer(page, changed)
    go(page, trace["up"], 3, 3, 1)
    assert number(page, "total") == close(changed["up"].value(3, 3, 1))
    assert number(page, "sum") == close(changed["up"].value(3, 3, 1), 10)
    expect_beside(page, changed, trace)

    stride(other)
    go(page, trace["conv"], 4, 5, 2)
    lab.locator("[name=stride]").fill("1")
    expect(notice).to_contain_text("stride 1 instead of 2")
    off(other)
    for channel in (1, 3):
        go(page, trace["norm"], 4, 5, channel)
        lab.locator("[name=off]").check()
    expect(notice).to_contain_text("norm: channels 1, 3 switched off.")
    changed = explain(other, digit)
    expect_answer(page, changed)
    expect(page.locator("#number [data-off]")).to_be_visible()
    go(page, changed["up"], 20, 25, 1)
    assert number(page, "total") == close(changed["up"].value(20, 25, 1))
    for hidden in ("#why", "#way", "#sizes"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.locator("#layer .words").inner_text() == ""
    if AXE.exists():
        go(page, trace["conv"], 4, 5, 2)
        found = page.evaluate(
            f"async () => {{ {AXE.read_text(encoding='utf-8')}; return (await axe.run()).violations; }}"
        )
        assert not found, [(v["id"], v["nodes"][0]["html"]) for v in found]

    page.locator("[data-lab='as-in-the-code']").click()
    expect(notice).to_be_hidden()
    expect(page.locator("#compare")).to_be_hidden()
    expect_answer(page, trace)
    assert lab.locator("[name=stride]").input_value() == "2"
    go(page, trace["up"], 3, 3, 1)
    assert number(page, "total") == close(trace["up"].value(3, 3, 1))


def test_what_cannot_take_the_new_size_is_said(tmp_path: Path, opened: Open) -> None:
    from architectures import ARCHITECTURES

    lenet = ARCHITECTURES["sequential"]
    trace = explain(lenet.network(), lenet.image())
    write(trace, tmp_path / "page.html")
    first = next(step for step in trace.steps if step.kind == "convolution")
    linear = next(step for step in trace.steps if step.op == "linear")
    page = opened(tmp_path / "page.html", fragment(first))
    page.locator("#laboratory [name=stride]").fill("2")
    expect(page.locator("#otherwise")).to_contain_text(f"{linear.name} stops with an error: it has weights for")
    expect(page.locator("#brief")).to_contain_text(f"No answer: the network stops at {linear.name}.")
    expect(page.locator("#answer")).to_be_hidden()
    page.evaluate("name => { location.hash = 'step=' + name; }", linear.name)
    expect(page.locator("#number .left-out")).to_contain_text("Here is no number")
    page.locator("[data-lab='as-in-the-code']").click()
    expect(page.locator("#number [data-total]")).to_be_visible()


@pytest.mark.parametrize("name", ["conv1", "conv1.relu"])
def test_a_page_without_the_weights_changes_one_map_alone(
    name: str, conv_net: Trace, conv_net_file: Path, opened: Open
) -> None:
    page = opened(conv_net_file, fragment(conv_net[name], 14, 14, 3))
    expect(page.locator("#laboratory .own")).to_be_hidden()
    if name == "conv1":
        page.locator("#laboratory [name=stride]").fill("3")
        expect(page.locator('[data-lab="size"]')).to_contain_text("28×28 → 10×10")
    expect(page.locator("#otherwise")).to_be_hidden()
