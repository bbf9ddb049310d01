"""A trace as a table: one row a step."""

import sys

import pytest

import fivebyfive
from architectures import ARCHITECTURES
from fivebyfive.errors import InputError


def test_a_row_holds_what_a_step_is_and_costs() -> None:
    made = ARCHITECTURES["residual"]
    trace = fivebyfive.explain(made.network(), made.image())
    table = trace.to_frame()
    assert list(table["name"]) == [step.name for step in trace.steps]
    assert table["parameters"].sum() == trace.parameter_count
    assert table["macs"].sum() == trace.macs
    first = trace["conv1"]
    row = table.set_index("name").loc[first.name]
    assert row["max"] == pytest.approx(float(first.output.max()))
    assert row["line"] == first.source.line if first.source else False
    assert row["bytes"] == first.output.numel() * 4


def test_time_is_the_operations_own_and_memory_is_what_is_new() -> None:
    made = ARCHITECTURES["plain"]
    trace = fivebyfive.explain(made.network(), made.image())
    computed = [step for step in trace.steps if step.kind not in ("input", "output")]
    assert all(step.seconds > 0 for step in computed)
    assert sum(step.seconds for step in computed) <= trace.seconds
    inplace = [step for step in computed if step.attributes.get("inplace")]
    assert all(step.memory == 0 for step in inplace)


def test_without_pandas_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ARCHITECTURES["plain"]
    trace = fivebyfive.explain(made.network(), made.image())
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError, match="pip install pandas"):
        trace.to_frame()
