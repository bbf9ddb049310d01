"""The document holds the trace's own numbers in one layout, and says what a file leaves out."""

import numpy as np
import pytest
import torch

from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import document, keep
from fivebyfive.views.page.envelope import unpack
from fivebyfive.views.page.structure import describe, form_of


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


def test_no_path_of_this_machine_is_in_the_structure(conv_net: Trace) -> None:
    assert [file["name"] for file in describe(conv_net)["files"]] == ["conv_net.py"]


def test_a_large_network_is_cut_and_says_so(colour: Trace) -> None:
    whole, cut = unpack(keep.kept(colour, 10**7)), unpack(keep.kept(colour, keep.THUMBNAILS + 9_000))
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


def test_every_step_is_kept_derived_or_a_thumbnail(colour: Trace) -> None:
    for room in (10**7, keep.THUMBNAILS + 9_000):
        buffers = unpack(keep.kept(colour, room)).buffers
        kept = {s.index: document.output(s) for s in colour.steps if f"output/{s.index}" in buffers}
        for step in colour.steps:
            assert step.index in kept or keep.derived(step, kept) or f"thumbnail/{step.index}" in buffers
