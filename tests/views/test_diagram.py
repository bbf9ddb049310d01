"""The two drawings: to scale, complete, readable, whatever the network."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page
from torch import Tensor, nn

from architectures import ARCHITECTURES, resnet18
from browsers import browsing
from fivebyfive import model
from fivebyfive.explain import Trace, explain
from fivebyfive.views import placing
from fivebyfive.views.layers import Layer, folded, layers

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    digit = np.zeros((28, 28, 1), np.uint8)
    digit[4:24, 12:16] = 255
    found = {name: explain(a.network(), a.image(), name=name) for name, a in ARCHITECTURES.items()}
    found["conv_net"] = explain(model.load(), digit)
    torch.manual_seed(0)
    found["resnet18"] = explain(resnet18().eval(), torch.rand(3, 64, 64))
    return found


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browsing() as browser:
        yield browser.new_page()


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def rectangles(svg: str, kind: str) -> list[dict[str, float]]:
    """Place and size of the front faces of a kind, in the order of the drawing."""
    found = [e for e in ET.fromstring(svg).iter(f"{SVG}rect") if e.get("class") == f"front k-{kind}"]
    return [{key: float(e.get(key, "0")) for key in ("x", "y", "width", "height")} for e in found]


# --- what is drawn --------------------------------------------------------------------------------------------------


def test_the_big_picture_shows_the_five_kinds_of_layers_in_the_order_of_the_code(traces: dict[str, Trace]) -> None:
    words = texts(traces["conv_net"].diagram())
    names = [w for w in words if re.fullmatch(r"(x|conv\d|fc1|out)\.\w+", w)]
    assert names == [
        "x.reshape",
        "conv1.conv2d",
        "conv1.max_pool",
        "conv2.conv2d",
        "conv2.max_pool",
        "fc1.reshape",
        "fc1.matmul",
        "fc1.dropout",
        "out.matmul",
    ]
    assert {"convolution", "pooling", "reshaping", "fully connected", "dropout"} <= set(words), "the legend"
    assert {"28×28×32", "14×14×64", "3136", "1024"} <= set(words), "the sizes"


def test_bias_normalization_and_activation_belong_to_the_layer_before_them(traces: dict[str, Trace]) -> None:
    words = texts(traces["conv_net"].diagram(detail=True))
    assert "+ bias, ReLU" in words
    assert "51,264 parameters" in words
    assert not any("bias_add" in w for w in words)


class Sequences(nn.Module):
    """Attention and recurrence that change no size."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.MultiheadAttention(8, 2)
        self.again = nn.MultiheadAttention(8, 2)
        self.read = nn.GRU(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.look(x, x, x, need_weights=False)[0]
        x = self.again(x, x, x, need_weights=False)[0]
        out: Tensor = self.read(x)[0]
        return out


def test_attention_and_recurrence_are_layers_of_their_own() -> None:
    trace = explain(Sequences().eval(), torch.rand(1, 6, 8))
    kinds = [layer.kind for layer in layers(trace) if layer.kind not in ("reshaping", "output")]
    assert kinds[:4] == ["input", "attention", "attention", "recurrent"]
    assert {"attention", "recurrent"} <= set(texts(trace.diagram())), "the legend"


def test_height_and_width_are_to_scale(traces: dict[str, Trace]) -> None:
    svg = traces["conv_net"].diagram(detail=True)
    conv1, conv2 = rectangles(svg, "convolution")[:2]
    pool1 = rectangles(svg, "pooling")[0]
    assert conv1["width"] == pytest.approx(2 * pool1["width"], abs=0.2)
    assert conv2["height"] == pytest.approx(conv1["height"] / 2, abs=0.2)


def test_the_kernel_is_drawn_to_scale_on_what_it_reads(traces: dict[str, Trace]) -> None:
    svg = traces["conv_net"].diagram(detail=True)
    windows = [e for e in ET.fromstring(svg).iter(f"{SVG}rect") if e.get("class") == "window"]
    map_ = rectangles(svg, "convolution")[0]
    assert float(windows[0].get("width", "0")) == pytest.approx(5 / 28 * map_["width"], abs=0.2)
    assert float(windows[1].get("width", "0")) == pytest.approx(2 / 28 * map_["width"], abs=0.2)


def test_the_picture_stands_on_the_first_volume_and_the_answer_beside_the_last(traces: dict[str, Trace]) -> None:
    trace = traces["conv_net"]
    svg = trace.diagram()
    assert svg.count("data:image/png;base64,") == 1
    label, probability = trace.prediction[0]
    assert f"{label}  {probability:.1%}" in texts(svg)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_all_inputs_of_the_last_layer_run_to_the_answer(classes: int) -> None:
    torch.manual_seed(classes)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 20), nn.ReLU(), nn.Linear(20, classes))
    drawn = list(ET.fromstring(explain(network, torch.rand(1, 28, 28)).diagram(detail=True)).iter(f"{SVG}rect"))
    end = [e for e in drawn if e.get("class") == "dot"][-1]
    answer = next(e for e in drawn if (e.get("class") or "").startswith("solid"))
    middle = float(answer.get("y", "0")) + float(answer.get("height", "0")) / 2
    assert float(end.get("y", "0")) + 2 == pytest.approx(middle, abs=0.2)


def test_skip_connections_run_over_the_top_and_end_in_a_plus(traces: dict[str, Trace]) -> None:
    svg = traces["resnet18"].diagram(detail=True)
    assert texts(svg).count("+") >= 8
    chosen = layers(traces["resnet18"])
    adds = [layer for layer in chosen if layer.main.op in ("add", "add_", "iadd")]
    assert len(adds) == 8
    assert all(len(layer.inputs) == 2 for layer in adds)


def test_the_detailed_drawing_is_never_the_coarser_one(traces: dict[str, Trace]) -> None:
    for name, trace in traces.items():
        big, detailed = (trace.diagram(detail).partition("</desc>")[0].count("; ") for detail in (False, True))
        assert detailed >= big, name


def test_branches_get_lanes_of_their_own(traces: dict[str, Trace]) -> None:
    words = ET.fromstring(traces["inception"].diagram()).iter(f"{SVG}text")
    heights = {word.get("y") for word in words if "branch" in (word.text or "")}
    assert len(heights) == 4, "the module has four branches"


def test_title_and_description_say_it_in_words(traces: dict[str, Trace]) -> None:
    root = ET.fromstring(traces["conv_net"].diagram())
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "conv_net: the big picture"
    assert "conv1.conv2d (convolution, 28×28×32)" in (root.findtext(f"{SVG}desc") or "")


# --- any network ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ARCHITECTURES, "conv_net", "resnet18"])
@pytest.mark.parametrize("detail", [False, True])
def test_words_never_overlap_and_nothing_leaves_the_paper(
    traces: dict[str, Trace], page: Page, name: str, detail: bool
) -> None:
    page.set_content(f'<body style="margin:0">{traces[name].diagram(detail=detail)}</body>')
    boxes: list[dict[str, Any]] = page.evaluate(
        "[...document.querySelectorAll('svg text')].map(t => { const b = t.getBBox();"
        " return {text: t.textContent, x: b.x, y: b.y, right: b.x + b.width, bottom: b.y + b.height} })"
    )
    paper = page.evaluate(
        "(() => { const b = document.querySelector('svg').viewBox.baseVal; return [b.width, b.height] })()"
    )
    drawn = page.evaluate(
        "[...document.querySelectorAll('svg :is(path, polygon, circle, image, text)')].map(e => e.getBBox())"
        ".map(b => [b.x, b.y, b.x + b.width, b.y + b.height])"
    )
    assert all(x >= 0 and y >= 0 and r <= paper[0] and b <= paper[1] for x, y, r, b in drawn)
    for n, a in enumerate(boxes):
        for b in boxes[n + 1 :]:
            apart = (
                a["right"] <= b["x"] or b["right"] <= a["x"] or a["bottom"] - 3 <= b["y"] or b["bottom"] - 3 <= a["y"]
            )
            assert apart, f"{a['text']} lies on {b['text']}"


def test_the_drawing_is_light_or_dark_as_its_reader_is(traces: dict[str, Trace], page: Page) -> None:
    page.set_content(traces["plain"].diagram())
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours.append(page.evaluate("getComputedStyle(document.querySelector('.paper')).fill"))
    assert colours == ["rgb(255, 255, 255)", "rgb(13, 17, 23)"]


def test_hundreds_of_steps_are_folded_by_module_to_fit_a_page() -> None:
    def block() -> nn.Module:
        return nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())

    stages = [nn.Sequential(*(block() for _ in range(40))) for _ in range(4)]
    trace = explain(nn.Sequential(*stages).eval(), torch.rand(4, 8, 8))
    assert len(trace.steps) > 400
    for detail in (False, True):
        root = ET.fromstring(trace.diagram(detail=detail))
        assert float(root.get("width", "0")) < 1300
    assert "40 convolutions" in texts(trace.diagram(detail=True))


def test_hundreds_of_steps_without_modules_are_folded_along_the_line() -> None:
    class Long(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for _ in range(150):
                x = nn.functional.max_pool2d(x, 3, 1, 1)
            return x

    root = ET.fromstring(explain(Long(), torch.rand(1, 8, 8)).diagram(detail=True))
    assert float(root.get("width", "0")) < 1300


def at_most(most: int, chosen: list[Layer]) -> bool:
    return len(chosen) <= most


def test_folding_keeps_every_step_and_every_way_between_the_folds(traces: dict[str, Trace]) -> None:
    for trace in traces.values():
        full = layers(trace)
        for most in (3, 8):
            chosen = folded(full, partial(at_most, most))
            assert sorted(s.index for layer in chosen for s in layer.steps) == list(range(len(trace.steps)))
            home = {s.index: n for n, layer in enumerate(chosen) for s in layer.steps}
            ways = {(home[i], home[s.index]) for s in trace.steps for i in s.inputs if home[i] != home[s.index]}
            assert ways == {(i, n) for n, layer in enumerate(chosen) for i in layer.inputs}


# --- placing, on any graph ------------------------------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """For each layer but the first, one to three layers before it."""
    count = draw(st.integers(1, 16))
    return [()] + [
        tuple(draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True))) for n in range(1, count)
    ]


@settings(max_examples=80, deadline=None)
@given(graphs(), st.integers(1, 12))
def test_no_two_layers_share_a_place_and_every_line_is_drawn_once(graph: list[tuple[int, ...]], most: int) -> None:
    rows = placing.rows(graph, [1.0] * len(placing.columns(graph)), float(most))
    placed = [n for row in rows for column in row.columns for n in column if n != row.repeated]
    assert sorted(placed) == list(range(len(graph)))
    drawn = []
    for row in rows:
        places = [(c, row.lanes[n]) for c, column in enumerate(row.columns) for n in column]
        assert len(set(places)) == len(places)
        drawn += [(edge.source, edge.target) for edge in placing.edges(graph, row)]
    assert sorted(drawn) == sorted((s, t) for t, sources in enumerate(graph) for s in sources)


@settings(max_examples=80, deadline=None)
@given(graphs())
def test_a_line_along_a_lane_meets_no_other_layer(graph: list[tuple[int, ...]]) -> None:
    (row,) = placing.rows(graph, [1.0] * len(placing.columns(graph)), float("inf"))
    place = {n: (c, row.lanes[n]) for c, column in enumerate(row.columns) for n in column}
    for edge in placing.edges(graph, row):
        if edge.along != "over":
            lane = place[edge.source if edge.along == "source" else edge.target][1]
            between = range(place[edge.source][0] + 1, place[edge.target][0])
            assert not any(c in between and other == lane for c, other in place.values())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda p: (p[0], p[0] + p[1])), max_size=12))
def test_lines_over_the_top_that_overlap_run_at_different_heights(spans: list[tuple[int, int]]) -> None:
    heights = placing.levels(spans)
    for n, (first, last) in enumerate(spans):
        for m in range(n):
            if spans[m][0] < last and first < spans[m][1]:
                assert heights[n] != heights[m]
