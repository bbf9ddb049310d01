"""The tour: its stops stand in the post's order, each question of the post has one, and what it says is so."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from fivebyfive import datasets
from fivebyfive.explain import Step, Trace, explain
from fivebyfive.explain.telling import telling
from fivebyfive.lesson import Ask, Stop, filled, lesson
from fivebyfive.lesson.filling import short
from fivebyfive.views.page import document

from .conftest import Toured

TABLE = Path(__file__).parents[2] / "docs" / "lesson.md"
INORDER = [
    *("input", "big-picture", "convolution", "number", "channels", "weights", "strides", "padding", "bias"),
    *("activation", "pooling", "reshaping", "fully-connected", "dropout", "answer", "batches"),
]


def said(trace: Trace, stop: Stop) -> str:
    """All that a stop says."""
    return "\n".join(filled(trace, sentence) for sentence in stop.says)


def by_id(trace: Trace) -> dict[str, Stop]:
    return {stop.id: stop for stop in lesson(trace)}


def asked(stop: Stop) -> Ask:
    assert stop.ask is not None
    return stop.ask


def typed(stop: Stop) -> int:
    """The number that answers a stop's question."""
    (number,) = asked(stop).answers
    return int(number)


def test_the_stops_of_the_posts_network_stand_in_its_order(conv_net: Trace) -> None:
    assert [stop.id for stop in lesson(conv_net)] == INORDER


def test_every_question_of_the_post_and_its_readers_has_its_stop(conv_net: Trace) -> None:
    rows = re.findall(r"^\| (.+\?) \| (the post|a reader) \| `([\w-]+)` \|$", TABLE.read_text(), re.MULTILINE)
    assert len(rows) >= 30
    assert {stop for _, _, stop in rows} == {stop.id for stop in lesson(conv_net)}
    assert sum(by == "a reader" for _, by, _ in rows) >= 4


def test_every_stop_says_why_and_asks_what_can_be_checked(tour: Toured) -> None:
    steps = tour.trace.steps
    for stop in lesson(tour.trace):
        assert stop.question.endswith("?")
        assert len(stop.says) >= 2
        assert stop.step is None or 0 <= stop.step < len(steps)
        ask = asked(stop)
        assert 0 <= ask.right < len(ask.answers)
        assert len(set(ask.answers)) == len(ask.answers)
        whole = [filled(tour.trace, s) for s in (*stop.says, ask.question, ask.because)]
        unknown = [text for text in whole if "…" in text and "[−1, …]" not in text]
        assert unknown == []
    ids = [stop.id for stop in lesson(tour.trace)]
    assert len(set(ids)) == len(ids)


def test_it_is_the_same_for_every_picture(conv_net: Trace) -> None:
    other = explain("conv_net", datasets.load("mnist").test.pixels[1])
    assert lesson(other) == lesson(conv_net)
    assert document.structure(other).fields["lesson"] == document.structure(conv_net).fields["lesson"]


def test_the_first_stops(tour: Toured) -> None:
    trace, stops = tour.trace, by_id(tour.trace)
    picture = trace.steps[0].output
    assert f"{int(torch.count_nonzero(picture)):,} numbers are not 0" in said(trace, stops["input"])
    assert typed(stops["input"]) == picture.numel()
    learned = sum(p.numel() for p in tour.network.parameters())
    assert f"{learned:,} numbers" in said(trace, stops["big-picture"])
    assert f"{len(trace) - 2} steps lead from {picture.numel():,} numbers to 10" in said(trace, stops["big-picture"])
    ask = asked(stops["big-picture"])
    sizes = {kind: sum(step.parameters for step in trace.steps if step.kind == kind) for kind in ask.answers}
    assert max(sizes, key=sizes.__getitem__) == ask.answers[ask.right]
    assert f"{max(sizes.values()):,} of the {learned:,}" in filled(trace, ask.because)


def _filters(step: Step) -> torch.Tensor:
    """[out, in, height, width]"""
    assert step.weight is not None
    weight = step.weight.detach()
    return weight.permute(3, 2, 0, 1) if step.layout == "NHWC" else weight


@pytest.mark.parametrize("stop", ["number", "channels"])
def test_a_number_is_the_sum_of_its_products(tour: Toured, stop: str) -> None:
    trace, found = tour.trace, by_id(tour.trace).get(stop)
    if found is None:
        return  # of filters that go through one channel
    assert found.step is not None
    step = trace.steps[found.step]
    (top, bottom), (left, right) = step.attributes["padding"]
    image = F.pad(step.origins[0].maps, (left, right, top, bottom))
    filters = _filters(step)
    y, x, channel = telling(trace)[step.index]
    (rows, columns), (down, along) = filters.shape[2:], step.attributes["stride"]
    window = image[:, y * down : y * down + rows, x * along : x * along + columns]
    products = window * filters[channel]
    best = (products * (1 if step.value(y, x, channel) > 0 else -1)).argmax()
    text = said(trace, found)
    assert f"{products.numel():,}" in text
    assert f"= {short(float(products.reshape(-1)[best]))}" in text
    q, dy, dx = (int(i) for i in torch.unravel_index(best, products.shape))
    assert f"y {y * down + dy - top}, x {x * along + dx - left}, channel {q}." in text
    if stop == "number":
        assert f"comes to {short(float(products.double().sum()))}." in text
        assert f"{step.output.numel():,} numbers" in text
    else:
        assert typed(found) == products.numel()


def test_sizes_are_those_that_pytorch_gives(tour: Toured) -> None:
    trace, stops = tour.trace, by_id(tour.trace)
    weights = stops["weights"]
    assert weights.step is not None
    assert typed(weights) == _filters(trace.steps[weights.step]).numel()
    assert str(list(weights.figure["numbers"])) in said(trace, weights)
    index = stops["strides"].step
    assert index is not None
    step = trace.steps[index]
    image, filters = step.origins[0].maps, _filters(step)
    (top, bottom), (left, right) = step.attributes["padding"]
    padded = F.pad(image, (left, right, top, bottom))
    other = 1 if step.attributes["stride"] == (2, 2) else 2
    if step.layout == "NHWC":
        padded = F.pad(image, (1, 2, 1, 2))  # SAME: (14 − 1)·2 + 5 − 28 = 3, the smaller half before
    assert typed(stops["strides"]) == F.conv2d(padded, filters, stride=other).shape[-2]
    text = said(trace, stops["padding"])
    valid = [F.conv2d(image, filters, stride=s).shape[-2] for s in (1, 2)]
    same = [-(-image.shape[-2] // s) for s in (1, 2)]
    for rows in (valid, same):
        assert f"{rows[0]} at stride 1, {rows[1]} at stride 2" in text
    assert typed(stops["padding"]) in (valid[0], same[0])


def test_bias_bend_and_pooling(tour: Toured) -> None:
    trace, stops = tour.trace, by_id(tour.trace)
    places = telling(trace)

    def of(name: str) -> tuple[Step, tuple[int, int, int], str]:
        index = stops[name].step
        assert index is not None
        return trace.steps[index], places[index], said(trace, stops[name])

    step, at, text = of("bias")
    assert step.bias is not None
    bias, value = float(step.bias.detach().reshape(-1)[at[2]]), step.value(*at)
    assert f"{short(value - bias)}. The bias is {short(bias)}. Together that is {short(value)}." in text
    assert typed(stops["bias"]) == step.bias.numel()
    step, at, text = of("activation")
    assert f": {short(step.origins[0].value(*at))} becomes {short(step.value(*at))}." in text
    if step.op == "relu":
        assert f"{int((step.output == 0).sum()):,} are 0" in text
    if "pooling" not in stops:
        return
    step, at, text = of("pooling")
    y, x, channel = at
    (rows, columns), (down, along) = step.attributes["kernel"], step.attributes["stride"]
    (top, _), (left, _) = step.attributes["padding"]
    first, second = y * down - top, x * along - left
    window = step.origins[0].maps[channel, max(first, 0) : first + rows, max(second, 0) : second + columns]
    values = [float(v) for v in window.reshape(-1)]
    assert f"the window has {', '.join(map(short, values))}. The largest is {short(max(values))}." in text
    assert typed(stops["pooling"]) == step.size[0] * step.size[1]


def test_the_last_stops(tour: Toured) -> None:
    trace, stops = tour.trace, by_id(tour.trace)
    index = stops["fully-connected"].step
    assert index is not None
    step = trace.steps[index]
    unit = telling(trace)[index][2]
    assert step.weight is not None
    matrix = step.weight.detach()
    row = matrix[:, unit] if matrix.shape[0] == step.origins[0].size[2] else matrix[unit]
    products = row.double() * step.origins[0].maps.reshape(-1)
    best = products.max() if step.value(channel=unit) > 0 else products.min()
    text = said(trace, stops["fully-connected"])
    assert f"the sum is {short(float(products.sum()))}." in text
    assert (
        text.partition("does most for it is ")[2]
        .partition(".\n")[0]
        .removesuffix(".")
        .endswith(f"= {short(float(best))}")
    )
    assert typed(stops["fully-connected"]) == matrix.numel()
    probabilities = trace.steps[-1].output[0].softmax(0)
    first, second = (int(i) for i in probabilities.argsort(descending=True)[:2])
    text = said(trace, stops["answer"])
    assert f"Here that is {first}, with a probability of {float(probabilities[first]):.1%}".replace("%", " %") in text
    assert f"{second} comes next, with {float(probabilities[second]):.1%}".replace("%", " %") in text
    assert typed(stops["batches"]) == len(range(1000)[-(1000 % 128) :])


def test_with_the_way_back_it_tells_the_loss() -> None:
    trace = explain("conv_net", datasets.load("mnist").test.pixels[1], label=4)
    last = lesson(trace)[-1]
    assert last.shows == "back"
    assert trace.loss is not None
    assert f"For this picture the loss is {short(trace.loss)}." in said(trace, last)
