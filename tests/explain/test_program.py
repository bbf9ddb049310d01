"""A foreign network as a graph of nodes: recorded like any other, on its own lines, and compared with its framework."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from fivebyfive import explain, ops
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain.agreement import difference
from fivebyfive.explain.graph import Array, Graph, Input, Node
from fivebyfive.explain.program import Program
from fivebyfive.explain.source import Function, Line
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import document

LISTING = """\
conv = Conv2D(image, filters, strides=1, padding="SAME")
odd = Odd(conv)
score = Mean(odd)
"""
FILE = Function("network.txt", "<module>")
FILTERS = torch.randn(3, 3, 1, 2, generator=torch.Generator().manual_seed(0))


def _framework(given: Mapping[str, Array]) -> dict[str, Array]:
    """What a framework would give, in NumPy alone."""
    x = np.pad(given["image"], [(0, 0), (1, 1), (1, 1), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    conv = np.einsum("nhwcij,ijco->nhwo", windows, FILTERS.numpy())
    odd = np.where(np.indices(conv.shape).sum(0) % 2, conv, 0).astype(np.float32)
    return {"conv": conv, "odd": odd, "score": odd.mean((1, 2))}


def _graph(**changes: Any) -> Graph:
    nodes = [
        Node("Conv2D", ("image", "filters"), ("conv",), lambda x, w: ops.conv2d(x, w, 1, "SAME"), *_at(1, "conv")),
        Node("Odd", ("conv",), ("odd",), None, *_at(2, "odd")),
        Node("Mean", ("odd",), ("score",), lambda x: x.mean((1, 2)), *_at(3, "score")),
    ]
    whole = Graph(
        "Framework 1.0", "small", (Input("image", (None, 8, 8, 1), orientation="NHWC"),), ("score",), nodes,
        {"filters": FILTERS}, frozenset({"filters"}), _framework, {"network.txt": LISTING},
    )  # fmt: skip
    return replace(whole, **changes)


def _at(line: int, name: str) -> tuple[tuple[Line, ...], tuple[int, ...], tuple[str, ...]]:
    return (Line(FILE, line),), (), (name,)


@pytest.fixture(scope="module")
def picture() -> Array:
    return np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)


@pytest.fixture(scope="module")
def trace(picture: Array) -> Trace:
    return explain(Program(_graph()), picture)


def test_every_node_is_a_step_called_by_its_layer_on_its_own_line(trace: Trace) -> None:
    assert [step.name for step in trace.steps] == ["input", "conv", "odd", "score", "output"]
    assert [step.source.code for step in trace.steps[1:4] if step.source] == LISTING.splitlines()
    assert trace.source_files == {"network.txt": LISTING}
    assert [line.steps for line in trace.user_lines] == [(1,), (2,), (3,)]


def test_layouts_parameters_and_sums_are_those_of_any_network(trace: Trace) -> None:
    conv = trace["conv"]
    assert (conv.layout, conv.size, conv.kind, conv.parameters) == ("NHWC", (8, 8, 2), "convolution", FILTERS.numel())
    assert conv.arithmetic(3, 4, 1).total == pytest.approx(conv.value(3, 4, 1), abs=1e-6)
    assert trace.parameter_count == FILTERS.numel()
    assert trace.image is not None
    assert trace.image.shape == (8, 8, 1)


def test_what_no_table_knows_is_a_step_with_the_frameworks_value(trace: Trace) -> None:
    odd = trace["odd"]
    assert odd.kind == "other"
    assert odd.inputs == (1,)
    theirs = _framework({"image": trace["input"].output.numpy()})
    assert torch.equal(odd.output, torch.from_numpy(theirs["odd"]))
    assert any("Odd is not known here" in note for note in trace.notes)


def test_the_values_are_compared_and_the_worst_difference_is_told(trace: Trace) -> None:
    found = trace.agreement
    assert found is not None
    assert found.framework == "Framework 1.0"
    assert (found.compared, found.values) == (2, 2)
    assert found.worst < 1e-6
    assert found.good
    assert trace.warnings == ()
    assert any("2 tensors were compared with what Framework 1.0 computes" in note for note in trace.notes)


def test_a_difference_is_said_loudly(picture: Array) -> None:
    def other(given: Mapping[str, Array]) -> dict[str, Array]:
        found = _framework(given)
        return found | {"conv": found["conv"] * 1.01}

    trace = explain(Program(_graph(reference=other)), picture)
    assert trace.agreement is not None
    assert trace.agreement.worst == pytest.approx(0.01 / 1.01, rel=1e-2)
    assert trace.agreement.node == "conv"
    assert len(trace.warnings) == 1
    assert trace.warnings[0].startswith(
        "ATTENTION: 2 tensors were compared with what Framework 1.0 computes, and differ"
    )
    said = document.said(trace)
    assert said["warnings"] == trace.warnings
    assert trace.warnings[0] not in said["notes"]


def test_a_call_that_fails_here_has_the_frameworks_value_and_says_so(picture: Array) -> None:
    def refuse(*inputs: torch.Tensor) -> torch.Tensor:
        raise RuntimeError(f"no padding for {len(inputs)}")

    graph = _graph()
    nodes = [replace(graph.nodes[0], run=refuse), *graph.nodes[1:]]
    trace = explain(Program(replace(graph, nodes=nodes)), picture)
    assert trace["conv"].kind == "other"
    assert any("conv could not be run here (no padding for 2)" in note for note in trace.notes)


def test_without_the_framework_only_what_is_known_can_run(picture: Array) -> None:
    with pytest.raises(Failure, match=r"small: Odd \(odd\) is not known here, and Framework 1.0 gave no value for it"):
        explain(Program(_graph(reference=None)), picture)


def test_several_inputs_are_given_by_name() -> None:
    inputs = (Input("a", (None, 2)), Input("b", (None, 2)))
    nodes = [Node("Add", ("a", "b"), ("sum",), torch.add, *_at(1, "sum"))]
    graph = Graph("Framework 1.0", "two", inputs, ("sum",), nodes, texts={"network.txt": LISTING})
    trace = explain(Program(graph), {"a": torch.ones(1, 2), "b": torch.ones(1, 2)})
    assert trace["sum"].output.tolist() == [[2.0, 2.0]]
    with pytest.raises(InputError, match=r"two takes a \[\?, 2\], b \[\?, 2\]; give one tensor for each"):
        explain(Program(graph), {"a": torch.ones(1, 2), "c": torch.ones(1, 2)})


def test_a_trace_keeps_its_agreement_when_it_is_saved(trace: Trace, tmp_path: Any) -> None:
    trace.save(tmp_path / "small.trace")
    assert Trace.load(tmp_path / "small.trace").agreement == trace.agreement
    assert trace.description()["agreement"]["compared"] == 2


@pytest.mark.parametrize(
    ("ours", "theirs", "apart"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.0], [1.0, 4.0], 0.5),
        ([1.0, float("nan")], [1.0, float("nan")], 0.0),
        ([float("inf")], [float("inf")], 0.0),
        ([float("inf")], [-float("inf")], float("inf")),
        ([1.0, 2.0], [1.0], float("inf")),
        ([0.0, 1e-8], [0.0, 0.0], 1e-4),
    ],
)
def test_a_difference_is_a_share_of_the_largest_value(ours: list[float], theirs: list[float], apart: float) -> None:
    found = difference(torch.tensor(ours), torch.tensor(theirs))
    assert found == pytest.approx(apart)
