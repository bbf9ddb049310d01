"""What every number must hold: its sum is the value that the network computed, and its terms are values of the inputs.

In double precision the two agree to 1e-5 of the value itself. In any other the network's own rounding counts with the
size of the products that cancel out, so there it is a part of their sum, sign apart: `RELATIVE` by precision.
"""

import math
import random
from collections.abc import Iterable

import pytest
import torch

from fivebyfive.errors import InputError
from fivebyfive.explain import Arithmetic, Step

RELATIVE = {torch.float16: 2**-9, torch.bfloat16: 2**-6}
"""A few units in the last place; any other precision 1e-5."""

Place = tuple[int, int, int]


def tolerance(step: Step) -> float:
    return RELATIVE.get(step.output.dtype, 1e-5)


def five_places(step: Step) -> list[Place]:
    """The first and the last corner, the middle, where the largest value is, and one anywhere."""
    if not step.output.numel():
        return []
    height, width, channels = step.size
    rng = random.Random(step.index)
    sizes = torch.nan_to_num(step.maps.detach().double()).abs()
    channel, y, x = (int(i) for i in torch.unravel_index(sizes.argmax(), sizes.shape))
    anywhere = (rng.randrange(height), rng.randrange(width), rng.randrange(channels))
    middle = (height // 2, width // 2, channels // 2)
    return [(0, 0, 0), (height - 1, width - 1, channels - 1), middle, (y, x, channel), anywhere]


def expect_true(step: Step, places: Iterable[Place], *, known: bool = False) -> None:
    """Each place has its sum, or (unless it must be `known`) a sentence that says why not."""
    for place in places:
        if not known and (said := _said(step, place)):
            assert len(said.split()) > 5
            assert "\n" not in said
            continue
        found = step.arithmetic(*place)
        where = (step.name, step.op, place)
        expect_total(step, found, step.value(*place), where)
        expect_consistent(found, where)
        _expect_named(step, found, where)


def _said(step: Step, place: Place) -> str:
    """The sentence that says why there is no sum; "" where there is one."""
    try:
        step.arithmetic(*place)
    except InputError as error:
        return str(error)
    return ""


def expect_total(step: Step, found: Arithmetic, value: float, where: object) -> None:
    size = abs(value)
    if step.output.dtype != torch.float64:
        size = max(size, math.fsum(abs(t.product) for t in found.terms), abs(found.bias or 0.0))
    if math.isfinite(size):
        assert found.total == pytest.approx(value, rel=0, abs=tolerance(step) * size + 1e-30, nan_ok=True), where
    else:
        assert found.total == value or (math.isnan(found.total) and math.isnan(value)), where


def near(found: float, expected: float, relative: float, absolute: float) -> bool:
    """What `pytest.approx` says of two numbers, which takes too long for a hundred thousand of them."""
    return found == expected or abs(found - expected) <= max(absolute, relative * abs(expected))


def expect_consistent(found: Arithmetic, where: object) -> None:
    """The terms make the total in the way that the operation says."""
    parts = [*(t.product for t in found.terms), found.remainder, found.bias or 0.0]
    if found.operation in ("sum", "mean") and all(map(math.isfinite, parts)):
        assert near(math.fsum(parts), found.total, 1e-9, 1e-12), where
    if found.winner is not None and found.operation in ("max", "min"):
        won = found.terms[found.winner].value
        assert won == found.total or (math.isnan(won) and math.isnan(found.total)), where
    if found.operation == "softmax" and all(map(math.isfinite, parts)):
        assert math.fsum(parts) == pytest.approx(1.0), where
    assert found.formula(), where
    assert found.formula(numbers=True), where


def _expect_named(step: Step, found: Arithmetic, where: object) -> None:
    """Each term's value stands in the input that it names, at the place that it names."""
    for term in found.terms:
        if term.position is None or term.padding or term.input >= len(step.origins):
            continue
        origin = step.origins[term.input]
        value = origin.value(*origin.check_position(*term.position))
        if math.isfinite(value):
            assert near(term.value, value, of_a_term(step), 1e-12), (where, term)
        else:
            assert term.value == value or (math.isnan(term.value) and math.isnan(value)), (where, term)


def of_a_term(step: Step) -> float:
    """Half precision rounds what it multiplies; any other takes the values as they are."""
    return tolerance(step) if step.output.dtype in RELATIVE else 1e-9
