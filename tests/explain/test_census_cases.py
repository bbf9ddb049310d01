"""What the census found missing or wrong, in small: every step has its sum, its field, its words and a kind."""

import pytest
import torch
from torch import nn

from census_cases import CASES, given
from fivebyfive.explain import Step, Trace, explain
from sums import expect_true, five_places


@pytest.fixture(params=CASES, ids=lambda case: case.__name__)
def trace(request: pytest.FixtureRequest) -> Trace:
    torch.manual_seed(0)
    case: type[nn.Module] = request.param
    return explain(case().eval(), given(case))


def test_every_number_has_its_sum(trace: Trace) -> None:
    for step in trace.steps:
        if not step.output.is_complex():
            expect_true(step, five_places(step), known=True)


def test_every_step_that_carries_data_knows_what_it_depends_on(trace: Trace) -> None:
    carrying: set[int] = set()
    for step in trace.steps:
        if step.kind == "input" or carrying & set(step.inputs):
            carrying.add(step.index)
            assert step.receptive_field is not None, (step.name, step.op)


def test_every_step_has_words(trace: Trace) -> None:
    unknown = [step.op for step in trace.steps if _is_speechless(step)]
    assert not unknown


def _is_speechless(step: Step) -> bool:
    return step.words()[0].startswith("The code calls ")
