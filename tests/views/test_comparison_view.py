"""Two traces beside each other in the terminal: a line a step that fits, a mark where the ways part, both answers."""

import io
import re

import pytest
from rich.console import Console

from architectures import ARCHITECTURES
from fivebyfive import datasets, model
from fivebyfive.explain import Comparison, compare, explain
from fivebyfive.views.comparison import show_comparison
from fivebyfive.writing import part


@pytest.fixture(scope="module")
def digits() -> Comparison:
    pixels = datasets.load("mnist").test.pixels
    return compare(*(explain(model.load("quick"), pixels[n]) for n in (0, 4)), names=("7.png", "4.png"))


def printed(found: Comparison, width: int = 80, *, steps: bool = True) -> str:
    file = io.StringIO()
    show_comparison(found, Console(file=file, width=width, color_system=None), steps=steps)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_line_a_step_with_its_difference_and_where_it_is_largest(digits: Comparison, width: int) -> None:
    text = printed(digits, width)
    assert max(map(len, text.splitlines())) <= width
    for pair in digits.pairs:
        (line,) = re.findall(rf"^[ >]{re.escape(pair.first.name)} .*$", text, re.MULTILINE)
        assert pair.apart is not None
        assert f" {part(pair.apart.relative)} " in line
        y, x, channel = pair.apart.place
        assert line.endswith(f"at unit {channel}" if pair.first.size[:2] == (1, 1) else f"at {y}, {x}, {channel}")
        assert line.startswith(">") == (pair is digits.parting)


def test_what_is_told_stands_above_and_both_answers_below(digits: Comparison) -> None:
    text = printed(digits, 200)
    assert text.startswith("A: 7.png · B: 4.png")
    for sentence in digits.words():
        assert sentence in text
    for trace, side in ((digits.first, "A"), (digits.second, "B")):
        label, probability = trace.prediction[0]
        assert re.search(rf"^ {label} .*{side} █+ +{re.escape(part(probability))}", text, re.MULTILINE)


def test_without_the_steps_it_is_short(digits: Comparison) -> None:
    assert "x.relu" not in printed(digits, steps=False)


def test_a_step_of_another_shape_says_so() -> None:
    made = ARCHITECTURES["u-shaped"]
    image = made.image()
    found = compare(explain(made.network(), image), explain(made.network(), image[:, :-1]))
    assert re.search(r"^>input +21×16×3 +in B 20×16×3$", printed(found), re.MULTILINE)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0%"), (1e-9, "< 0.1%"), (0.004, "0.4%"), (0.9996, "100.0%"), (1.212, "121%"), (12.04, "1,204%")],
)
def test_a_part_is_written_as_a_percentage(value: float, said: str) -> None:
    assert part(value) == said
