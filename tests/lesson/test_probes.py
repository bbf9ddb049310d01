"""What is said of a map is what the network does when it is shown such strokes."""

import numpy as np
import torch

from fivebyfive.explain import explain
from fivebyfive.lesson import lesson
from fivebyfive.lesson.known import Known
from fivebyfive.lesson.probes import CORNERS, MARGIN, STRAIGHT, answers, strokes

from .conftest import Toured

NAMES = (*STRAIGHT, *CORNERS)


def test_strokes_are_what_they_are_called() -> None:
    pictures = dict(zip(NAMES, strokes(28, 28), strict=True))
    upright, lying, falling, rising = (pictures[name] for name in STRAIGHT)
    assert np.array_equal(upright, lying.T)
    assert np.array_equal(falling, falling.T)
    assert np.array_equal(falling, rising[:, ::-1])
    assert upright[:, 13].all()
    assert not upright[:, 0].any()
    corner = pictures["┌"]
    assert corner[14:, 14].all()
    assert corner[14, 14:].all()
    assert not corner[:10].any()
    assert not corner[:, :10].any()
    assert np.array_equal(corner[:, ::-1], pictures["┐"])
    assert np.array_equal(corner[::-1], pictures["└"])
    assert np.array_equal(corner[::-1, ::-1], pictures["┘"])


def test_each_answer_is_that_of_the_network_itself(tour: Toured) -> None:
    known = Known(tour.trace)
    found = known.deep or known.convolution
    assert found is not None
    step = known.mapped(found)
    shown = answers(tour.trace, step)
    assert shown is not None
    shape = tour.trace.steps[0].output_shape
    edge = -(-MARGIN * step.size[0] // 28)
    for name, picture in zip(NAMES, strokes(28, 28), strict=True):
        maps = explain(tour.network, torch.from_numpy(picture).reshape(shape))[step.name].maps
        rows, columns = (min(edge, (n - 1) // 2) for n in step.size[:2])
        inner = maps[:, rows : step.size[0] - rows, columns : step.size[1] - columns]
        assert np.allclose(shown.of(name), inner.amax((1, 2)).detach().numpy(), atol=1e-4)


def test_only_what_is_clear_is_said(tour: Toured) -> None:
    (stop,) = (stop for stop in lesson(tour.trace) if stop.id == "convolution")
    for told in stop.figure["maps"]:
        shown = answers(tour.trace, tour.trace.steps[told["step"]])
        assert shown is not None
        others = shown.of(told["other"]) if told["other"] else shown.most[: len(STRAIGHT)].max(0)
        assert told["most"] == shown.of(told["stroke"])[told["map"]] > 0
        assert told["most"] >= 1.5 * others[told["map"]]
