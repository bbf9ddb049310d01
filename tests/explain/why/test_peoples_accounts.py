"""Networks as people write them: the account of each adds up, and its test can be made."""

import pytest
from torch import nn

from accounts import expect_account
from fivebyfive.cli import loading
from fivebyfive.explain import Trace, explain
from support import noise
from test_people import OF_COLOURS, OF_DIGITS, spec_of

HOLES = {
    "frozen_features:LinearProbe": "cuts the way back off",
    "kan_splines:KAN": "whole numbers",
    "scripted_part:Net": "where Python cannot watch",
}
"""Those whose way back has holes, and what is said of them."""


def traced(name: str) -> Trace:
    network = loading.load(None, spec_of(name))
    assert isinstance(network, nn.Module)
    image = noise((28, 28, 1), edge=1) if name in OF_DIGITS else noise((32, 32, 3))
    return explain(network.eval(), image)


@pytest.mark.parametrize("name", [*OF_DIGITS, *OF_COLOURS])
def test_it_adds_up(name: str) -> None:
    trace = traced(name)
    why = trace.why()
    expect_account(why)
    expect_account(trace.why(0, instead_of=1))
    assert bool(why.holes) == (name in HOLES)
    assert all(HOLES[name] in hole.reason for hole in why.holes)
    if not why.inputs:  # nothing that can be covered
        return
    slid = why.occlusion(7, 7)
    patch = why.cover(slid.rows[1], slid.columns[1], 7)
    assert float(slid.falls[1, 1]) == pytest.approx(patch.fall, abs=1e-4 * max(1.0, abs(why.value)))
