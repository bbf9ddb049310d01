"""Networks as people write them: what the docstring of each case says must happen, from Python."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

import fivebyfive
from cases import networks
from fivebyfive.explain import Trace
from fivebyfive.views.terminal import show
from sums import expect_true, five_places

CASES: Mapping[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = networks.CASES


def explained(name: str) -> Trace:
    torch.manual_seed(0)
    make, given = CASES[name]
    return fivebyfive.explain(make(), given())


def no_number(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_explained_and_every_view_of_it_is_written(name: str, tmp_path: Path) -> None:
    trace = explained(name)
    assert [step.kind for step in trace.steps][:: len(trace.steps) - 1] == ["input", "output"]
    assert len(trace.steps) > 2
    for step in trace.steps:
        assert step.source is not None, step.name
        assert step.source.code in Path(networks.__file__).read_text()
        assert step.words()
        expect_true(step, five_places(step))
    trace.to_html(tmp_path / "page.html")
    trace.to_json(tmp_path / "about.json")
    described: dict[str, Any] = json.loads((tmp_path / "about.json").read_text(), parse_constant=no_number)
    assert [step["name"] for step in described["steps"]] == [step.name for step in trace.steps]
    assert trace.diagram().startswith("<svg")
    with (tmp_path / "terminal.txt").open("w") as file:
        show(trace, Console(file=file, width=250), "an input")
    shown = (tmp_path / "terminal.txt").read_text()
    page = (tmp_path / "page.html").read_text()
    for text in (shown, page):
        assert "unexpected" not in text.lower()
        assert "Traceback" not in text
    assert all(step.source.code in shown for step in trace.steps[1:-1] if step.source)


def test_a_lambda_that_is_used_twice_runs_twice_and_each_line_has_its_steps() -> None:
    lines = {line.code: line.steps for line in explained("Lambdas").user_lines}
    one, two = lines["x = act(self.conv1(x))"], lines["x = act(self.conv2(x))"]
    assert (len(one), len(two)) == (3, 3)
    assert not set(one) & set(two)


def test_a_signal_is_taken_as_it_is() -> None:
    trace = explained("Signal")
    assert trace["input"].output_shape == (1, 2, 64)
    assert trace["input"].size == (1, 64, 2)
    assert trace["conv"].size == (1, 32, 6)


def test_tokens_stay_whole_numbers() -> None:
    trace = explained("Tokens")
    assert not trace["input"].output.is_floating_point()
    assert trace["input"].output_shape == (1, 12)
    assert [trace[f"convs.{n}"].output_shape for n in range(3)] == [(1, 8, 11), (1, 8, 10), (1, 8, 9)]


def test_a_volume_keeps_its_three_dimensions() -> None:
    trace = explained("Volume")
    assert trace["conv1"].output_shape == (1, 4, 6, 12, 12)
    assert trace["conv2"].output_shape == (1, 6, 3, 4, 4)


def test_each_part_of_an_inner_batch_has_its_own_sum() -> None:
    trace = explained("Windows")
    step = trace["conv"]
    read = step.origins[0].output
    height, width, channels = step.size
    totals = {}
    for y in range(3, height, 8):
        for x in range(3, width, 8):
            for channel in range(0, channels, 4):
                found = step.arithmetic(y, x, channel)
                assert found.total == pytest.approx(step.value(y, x, channel), rel=1e-4, abs=1e-6)
                for term in found.terms:
                    if term.position is not None and not term.padding:
                        assert step.origins[0].value(*term.position) == pytest.approx(term.value)
                totals[y, x, channel] = round(found.total, 6)
    assert read.shape[0] == 4
    assert len(set(totals.values())) == len(totals) >= 4  # no part is another one's


def test_minus_infinity_is_in_the_trace_and_in_no_json() -> None:
    trace = explained("Causal")
    assert trace["masked_fill"].output.isneginf().any()
    json.loads(json.dumps(trace.description(), allow_nan=False))


def test_a_joined_bias_is_in_words_and_in_the_sum() -> None:
    trace = explained("JoinedBias")
    assert trace["linear"].arithmetic(0, 0, 0).bias == 1.0
    assert trace["linear"].arithmetic(0, 0, 3).bias == 0.0


@pytest.mark.parametrize("name", ["rows.where", "columns.where"])
def test_where_with_one_argument_shows_the_values_that_it_found(name: str) -> None:
    step = explained("Places")[name]
    expect_true(step, five_places(step), known=True)


def test_each_term_of_baddbmm_points_at_the_factor_that_it_names() -> None:
    step = explained("Scores")["baddbmm"]
    for place in five_places(step):
        for term in step.arithmetic(*place).terms:
            assert term.position is not None
            assert step.origins[term.input].value(*term.position) == pytest.approx(term.value)


def test_tokens_made_a_map_again_have_the_sizes_of_a_map() -> None:
    trace = explained("Hybrid")
    for name in ("permute", "contiguous"):
        assert trace[name].size == (5, 8, 6)
    assert trace["b"].size == (5, 8, 2)
    assert tuple(trace["b"].maps.shape) == (2, 5, 8)
    assert trace["contiguous"].value(4, 7, 5) == float(trace["contiguous"].output[0, 5, 4, 7])


def test_what_gives_a_picture_has_no_answer() -> None:
    trace = explained("Segments")
    assert trace["up"].size == (16, 16, 2)
    assert not trace.prediction
