"""The window of a value is where the terms of its sum come from."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fivebyfive.explain import explain
from fivebyfive.explain.windows import window_at

TWO = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(TWO, TWO, TWO, st.tuples(st.integers(0, 3), st.integers(0, 3)), st.data())
def test_the_terms_of_a_convolution_come_from_its_window(
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int],
    data: st.DataObject,
) -> None:
    network = nn.Conv2d(1, 1, kernel, stride, padding, dilation)
    step = next(s for s in explain(network, torch.rand(1, 9, 8)).steps if s.kind == "convolution")
    y, x = (data.draw(st.integers(0, size - 1)) for size in step.size[:2])
    places = [term.position for term in step.arithmetic(y, x, 0).terms if term.position is not None]
    rows, columns = [place[0] for place in places], [place[1] for place in places]
    assert window_at(step, y, x) == ((min(rows), max(rows) + 1), (min(columns), max(columns) + 1))
