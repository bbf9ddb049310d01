"""The document holds the trace's own numbers in one layout, and says what a file leaves out."""

import numpy as np
import pytest
import torch

from architectures import resnet18
from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import document, html, keep
from fivebyfive.views.page.envelope import Buffers, unpack
from fivebyfive.views.page.structure import describe, form_of

from .networks import branches
from .reading import in_file


def test_outputs_are_the_captured_ones(colour: Trace) -> None:
    buffers = document.values(colour).buffers
    for step in colour.steps:
        np.testing.assert_array_equal(buffers[f"output/{step.index}"].reshape(-1), step.maps.reshape(-1).numpy())


@pytest.mark.parametrize("name", ["conv_net", "colour"])
def test_filters_in_one_layout_compute_the_outputs(name: str, request: pytest.FixtureRequest) -> None:
    trace: Trace = request.getfixturevalue(name)
    for step in trace.steps:
        if form_of(step) != "convolution":
            continue
        (top, bottom), (left, right) = step.attributes["padding"]
        x = torch.nn.functional.pad(step.origins[0].maps[None], (left, right, top, bottom))
        weight = torch.from_numpy(document.weight(step))
        bias = step.bias if step.weight is not None else None
        a = step.attributes
        again = torch.nn.functional.conv2d(x, weight, bias, a["stride"], 0, a["dilation"], a["groups"])[0]
        torch.testing.assert_close(again, step.maps, rtol=1e-4, atol=1e-4)


def test_a_matrix_too_large_to_send_comes_as_its_strongest_products(conv_net: Trace) -> None:
    step = conv_net["fc1.matmul"]
    buffers = document.values(conv_net, limit=1_000_000).buffers
    sum_ = step.arithmetic(0, 0, 5)
    strongest = sorted(sum_.terms, key=lambda t: -abs(t.product))[: document.STRONGEST]
    found = buffers[f"strongest/{step.index}"][5]
    weights = buffers[f"strongest-weight/{step.index}"][5]
    assert {int(i) for i in found} == {t.position[2] for t in strongest if t.position}
    by_unit = {t.position[2]: t.weight for t in strongest if t.position}
    np.testing.assert_allclose(weights, [by_unit[int(i)] for i in found], rtol=1e-6)
    assert f"weight/{step.index}" not in document.parameters(conv_net, limit=1_000_000).buffers


def test_the_structure_is_the_same_for_another_picture(conv_net: Trace) -> None:
    from fivebyfive import datasets, model

    other = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[1])
    assert document.digest(conv_net) == document.digest(other)


def test_steps_of_one_statement_run_in_the_same_and_those_of_the_next_do_not(conv_net: Trace) -> None:
    runs = {step["name"]: step["runs"] for step in describe(conv_net)["steps"]}
    assert runs["input"] == runs["output"] == []
    statement = runs["conv1.conv2d"][:4]  # forward, its line; conv_net, `conv1 = conv2d(…)`
    assert runs["conv1.relu"][:5] == runs["conv1.conv2d"][:5] == [*statement, runs["conv1.relu"][4]]
    assert runs["conv1.relu"][5] != runs["conv1.conv2d"][5]
    assert runs["conv1.max_pool"][:4] == [*statement[:3], runs["conv1.max_pool"][3]] != statement
    assert runs["conv2.conv2d"][4] != runs["conv1.conv2d"][4]  # another run of the same function


def test_no_path_of_this_machine_is_in_the_structure(conv_net: Trace) -> None:
    assert [file["name"] for file in describe(conv_net)["files"]] == ["conv_net.py"]


def test_a_large_network_is_cut_and_says_so(colour: Trace) -> None:
    whole, cut = unpack(keep.kept(colour, 10**7)), unpack(keep.kept(colour, 20_000))
    assert whole.fields["left_out"] == []
    assert "whole feature maps, of which only thumbnails are kept: " in cut.fields["left_out"][0]
    thumbnails = [name for name in cut.buffers if name.startswith("thumbnail/")]
    assert thumbnails
    for name in thumbnails:
        step = colour.steps[int(name.split("/")[1])]
        spread = cut.buffers[f"spread/{step.index}"]
        np.testing.assert_allclose(spread, np.abs(step.maps.numpy()).max((1, 2)), rtol=1e-6)
        small = (cut.buffers[name].astype(float) - 127) / 127 * spread[:, None, None]
        assert small.shape[1:] == (min(step.size[0], 32), min(step.size[1], 32))
        np.testing.assert_allclose(small, step.maps.numpy(), atol=float(spread.max()) / 100)


def held(buffers: Buffers) -> set[int]:
    return {int(name.split("/")[1]) for name in buffers if name.startswith("output/")}


def test_every_step_is_kept_derived_or_a_thumbnail(colour: Trace) -> None:
    for room in (10**7, 20_000, 0):
        buffers = unpack(keep.kept(colour, room)).buffers
        whole = keep.whole_steps(colour, held(buffers))
        assert whole.isdisjoint(int(name.split("/")[1]) for name in buffers if name.startswith("thumbnail/"))
        for step in colour.steps:
            assert step.index in whole or f"thumbnail/{step.index}" in buffers


def test_a_step_without_a_form_is_kept_not_derived(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = explain(branches(), torch.rand(3, 16, 16))

    def broken(_: Step) -> str:
        raise ArithmeticError("too odd")

    monkeypatch.setattr("fivebyfive.views.page.forms.activation.formulas", broken)
    functions = [step for step in trace.steps if step.op in ("relu", "leaky_relu")]
    assert {form_of(step) for step in functions} == {""}
    assert {step.index for step in functions} <= held(unpack(keep.kept(trace, 10**7)).buffers)


@pytest.fixture(scope="module")
def resnet() -> Trace:
    """ResNet-18 at 224×224."""
    torch.manual_seed(0)
    return explain(resnet18().eval(), torch.rand(3, 224, 224))


@pytest.fixture(scope="module")
def resnet_page(resnet: Trace) -> str:
    return html(resnet)


def test_a_large_networks_page_is_at_most_20_mb_and_its_maps_are_whole(resnet: Trace, resnet_page: str) -> None:
    assert len(resnet_page.encode()) <= 20_000_000
    part = in_file(resnet_page)
    assert len(keep.whole_steps(resnet, held(part.buffers))) >= 0.8 * len(resnet.steps)


def test_half_precision_is_told_and_right_to_three_digits(resnet: Trace) -> None:
    part = unpack(keep.kept(resnet, 6_000_000))
    halves = {name for name, array in part.buffers.items() if array.dtype == np.float16}
    (maps,) = (said for said in part.fields["left_out"] if "feature maps in half precision" in said)
    for name in halves:
        kind, index = name.split("/")
        step = resnet.steps[int(index)]
        assert step.index in part.fields["rounded"]
        whole = document.output(step) if kind == "output" else document.weight(step)
        reach = np.ptp(whole.reshape(len(whole), -1), axis=1)
        moved = np.abs(part.buffers[name].astype(np.float32) - whole).reshape(len(whole), -1).max(axis=1)
        assert (moved <= reach / 1000).all()
    first = next(step for step in resnet.steps if f"output/{step.index}" in halves)
    assert f": {first.name}, " in maps
    after = [step.index for step in resnet.steps if first in step.origins]
    assert set(after) <= set(part.fields["rounded"])


def test_a_row_without_end_is_kept() -> None:
    row = torch.nn.Sequential(*(torch.nn.ReLU() for _ in range(1200))).eval()
    trace = explain(row, torch.rand(1, 4, 4))
    assert held(unpack(keep.kept(trace, 10**6)).buffers) == {0}
