"""Numbers as they are written: true to four digits, and under each other with the same decimals."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.writing import column, count, number


@settings(max_examples=60)
@given(st.lists(st.floats(-1e5, 1e5).map(lambda x: round(x, 4)), min_size=1, max_size=9))
def test_figures_under_each_other_have_the_same_decimals_and_are_true(values: list[float]) -> None:
    written = column(values)
    assert len({len(text.partition(".")[2]) for text in written}) == 1
    largest = max(map(abs, values))
    for text, value in zip(written, values, strict=True):
        assert float(text.replace("−", "-")) == pytest.approx(value, abs=max(largest, 1e-4) * 1e-2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.5, "−0.5000"),
        (13.0, "13"),
        (3.14159, "3.142"),
        (1.5e-7, "1.500e−07"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_a_number_is_written_to_four_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_what_has_no_size_is_named_among_numbers_and_sets_no_decimals() -> None:
    assert column([1.5, math.nan, math.inf, -0.0001]) == ["1.500", "NaN", "∞", "0.000"]


@pytest.mark.parametrize(("value", "text"), [(0, "0 steps"), (1, "1 step"), (1024, "1,024 steps")])
def test_a_count_agrees_with_its_noun(value: int, text: str) -> None:
    assert count(value, "step") == text
