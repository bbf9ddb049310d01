"""What PyTorch makes of a network, traced, scripted, compiled or exported, has its lines, or it is said why not."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.explain import explain
from support import load_network

from .nets import IMAGE, NET, lines_of, net_of, views_of


def test_generated_code_shows_its_lines() -> None:
    from torch.fx import symbolic_trace

    trace = explain(symbolic_trace(net_of(NET, "<fx>")), IMAGE)
    assert (lines_of(trace)["conv1"] or "").startswith("conv1 = self.conv1(x)")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_part_is_one_step_with_its_parameters(tmp_path: Path) -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.jit.script(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()))
            self.head = nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            y = self.body(x)
            y = y.mean((2, 3))
            result: Tensor = self.head(y)
            return result

    trace = explain(Mixed(), IMAGE)
    assert [(step.name, step.inputs, step.parameters) for step in trace.steps[:3]] == [
        ("input", (), 0),
        ("body", (0,), 40),
        ("y.mean", (1,), 0),
    ]
    assert trace.parameter_count == 55
    assert trace.notes == [
        "What Sequential does cannot be watched from Python: it is one step, and its cost is not counted."
    ]
    views_of(trace, tmp_path)


def test_what_is_put_around_a_network_is_left_out_and_named() -> None:
    network = net_of(NET, "<around>")
    trace = explain(nn.DataParallel(network), IMAGE)
    assert [step.name for step in trace.steps] == ["input", "conv1", "relu", "mean", "fc", "output"]
    assert trace.notes[0] == "DataParallel around it was left out: the Net in it is explained."


def test_compiled_networks_are_explained_as_they_are_written(written: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part = torch.compile(load_network(f"{written}:Decorated"))

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.part(x)
            return result

    whole = load_network(f"{written}:Decorated")
    compiled: Any = torch.compile(whole)
    trace = explain(compiled, IMAGE)
    assert lines_of(trace)["conv"] == "y = self.conv(x)"
    assert trace.notes == ["OptimizedModule around it was left out: the Decorated in it is explained."]
    assert "y = self.conv(x)" in lines_of(explain(Part(), IMAGE)).values()
    whole.compile()
    assert lines_of(explain(whole, IMAGE))["conv"] == "y = self.conv(x)"
    assert capfd.readouterr().err == ""


def test_an_exported_program_is_explained_by_its_generated_lines() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    trace = explain(torch.export.export(network, (IMAGE[None],)).module(), IMAGE)
    assert [(step.op, step.kind) for step in trace.steps[1:-1]] == [("conv2d", "convolution"), ("relu", "activation")]
    assert "torch.ops.aten.conv2d" in (lines_of(trace)["conv2d.conv2d"] or "")
    assert trace["conv2d"].arithmetic(3, 4, 1).total == pytest.approx(trace["conv2d"].value(3, 4, 1), rel=1e-5)


def test_vmap_in_a_forward_leads_from_the_input_to_the_output(tmp_path: Path) -> None:
    class Mapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.rand(28))

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = torch.vmap(lambda row: (row * self.w).sum())(x[0, 0])
            return y[None] * 2

    network = Mapped()
    trace = explain(network, IMAGE)
    assert torch.equal(trace.steps[-1].output, network(IMAGE[None]))
    assert trace.notes == []
    views_of(trace, tmp_path)


def test_work_in_another_thread_is_said_to_be_missing() -> None:
    from concurrent.futures import ThreadPoolExecutor

    class Threaded(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(torch.relu, x).result() * 2

    assert explain(Threaded(), IMAGE).notes[0].startswith("No step leads from the input to the output")
