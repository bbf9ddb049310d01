"""Which line did what: every step stands at the statement that it belongs to, whoever calls whom."""

import types
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor, nn

from fivebyfive.explain import explain
from fivebyfive.views.listing import Run, listings
from support import load_network

from .nets import IMAGE, MADE, NET, WRITTEN, explained, lines_of, views_of


def test_a_lambda_belongs_to_the_line_that_calls_it(written: Path) -> None:
    trace = explained(written, "Lambdas")
    (listing,) = listings(trace)
    assert (listing.name, len(listing.runs)) == ("Lambdas.forward", 1)
    text = WRITTEN.splitlines()
    found = {text[row.first - 1].strip(): [step.op for step in row.steps] for row in listing.rows if row.items}
    assert found == {
        "x = act(self.conv(x))": ["conv2d", "relu", "mul"],
        "x = self.pool(x)": ["max_pool2d"],
        "x = act(x)": ["relu", "mul"],
        "x = f(x)": ["tanh", "exp"],
        "return x.mean((2, 3))": ["mean"],
    }
    wrapper = trace["x.max_pool2d"].wrapper
    assert wrapper is not None
    assert wrapper.code == "self.pool = lambda t: F.max_pool2d(t, 2)"


@pytest.mark.parametrize(("name", "function", "runs"), [("Recursive", "forward", 3), ("Walk", "walk", 4)])
def test_what_calls_itself_runs_as_often_as_it_does(
    name: str, function: str, runs: int, written: Path, tmp_path: Path
) -> None:
    trace = explained(written, name)
    listing = next(found for found in listings(trace) if found.name == f"{name}.{function}")
    assert len(listing.runs) == runs
    own = {id(item) for row in listing.rows for item in row.items if not isinstance(item, Run)}
    assert len(own) == 1  # its own convolution; the other runs' are theirs
    assert f"runs {runs} times" in views_of(trace, tmp_path)


def test_a_wrapped_forward_shows_its_own_lines(written: Path) -> None:
    assert lines_of(explained(written, "Decorated")) == {
        "input": "def forward(self, x):",
        "conv": "y = self.conv(x)",
        "mean": "return y.mean((2, 3))",
        "output": "return y.mean((2, 3))",
    }


def test_every_kind_of_statement_has_its_steps(written: Path) -> None:
    trace = explained(written, "Statements")
    lines = lines_of(trace)
    wanted = {
        "a.relu": "a = x.relu(); b = x.tanh()",
        "b.tanh": "a = x.relu(); b = x.tanh()",
        "c.add": "c = a \\",
        "d.exp": "c.exp(),",
        "d.neg": "c.neg(),",
        "abs": "if (e := d.abs()).dim() == 4:",
        "d.sqrt": "d = e.sqrt()",
        "conv0": "for part in self.parts(d):",
        "f.sigmoid": "f = part.sigmoid()",
        "last": "g = self.last(f)",
        "name.amin": 'name = f"{g.amin():.2f}"',
        "h.square": "h = sum(t.square() for t in [g, g])",
    }
    assert {name: lines.get(name) for name in wanted} == wanted
    made = {name: step.definition and step.definition.code for name, step in zip(lines, trace.steps, strict=True)}
    assert made["conv1"] == 'setattr(self, f"conv{i}", nn.Conv2d(1, 1, 3))'
    assert made["last"] == 'self.add_module("last", nn.Conv2d(1, 1, 3))'


def test_a_forward_of_a_base_class_in_another_file_shows_that_file(tmp_path: Path) -> None:
    (tmp_path / "base_of_nets.py").write_text(NET.replace("Net", "Base"))
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from base_of_nets import Base\n\n\nclass Mixin:\n    pass\n\n\nclass Mine(Mixin, Base):\n    pass\n"
    )
    step = explain(load_network(f"{mine}:Mine"), IMAGE)["conv1"]
    assert step.source is not None
    assert step.definition is not None
    assert Path(step.source.file).name == "base_of_nets.py"
    assert step.definition.code == MADE


def test_a_forward_that_was_put_on_the_instance_shows_its_own_lines(written: Path) -> None:
    network = load_network(f"{written}:Decorated")

    def other(self: Any, x: Tensor) -> Tensor:
        z: Tensor = self.conv(x)  # put on the instance
        return z * 2

    network.forward = types.MethodType(other, network)
    assert lines_of(explain(network, IMAGE))["conv"] == "z: Tensor = self.conv(x)  # put on the instance"


def test_a_hook_shows_its_own_line() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    network[0].register_forward_hook(lambda _module, _inputs, result: result * 3)  # the hook
    assert (lines_of(explain(network, IMAGE))["0.mul"] or "").endswith("# the hook")
