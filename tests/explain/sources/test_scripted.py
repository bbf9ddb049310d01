"""TorchScript: what was scripted is explained through the class that was written, at eager speed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from architectures import ARCHITECTURES, OF_LAYERS
from fivebyfive import explain


@pytest.mark.parametrize("name", OF_LAYERS)
def test_a_scripted_network_is_explained_like_the_one_that_was_written(name: str) -> None:
    network, image = ARCHITECTURES[name].network(), ARCHITECTURES[name].image()
    scripted, plain = explain(torch.jit.script(network), image), explain(network, image)
    assert [(s.name, s.op, s.parameters) for s in scripted.steps] == [(s.name, s.op, s.parameters) for s in plain.steps]
    assert [s.source for s in scripted.steps] == [s.source for s in plain.steps]
    assert all(torch.equal(a.output, b.output) for a, b in zip(scripted.steps, plain.steps, strict=True))
    assert scripted.agreement is not None
    assert scripted.agreement.worst < 1e-5
    assert any("RecursiveScriptModule around it was left out" in note for note in scripted.notes)


class Counts(nn.Module):
    """With state and plain attributes, as people write them."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.classes = classes
        self.scale: float = 2.0
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])
        self.register_buffer("seen", torch.zeros(()))
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(layer(x)) * self.scale
        x = self.drop(x)
        return x[:, : self.classes]


def test_its_mode_attributes_and_weights_are_those_of_the_scripted_one() -> None:
    scripted = torch.jit.script(Counts(2).eval())
    with torch.no_grad():
        scripted.layers[0].weight.fill_(0.25)
    trace = explain(scripted, torch.ones(1, 4))
    assert torch.equal(trace.steps[-1].output, scripted(torch.ones(1, 4)))
    assert trace.steps[-1].output_shape == (1, 2)
    assert trace["layers.0"].source is not None
    assert trace["layers.0"].source.code == "x = torch.relu(layer(x)) * self.scale"
    torch.manual_seed(0)
    training = explain(torch.jit.script(Counts()), torch.ones(1, 4))
    assert "dropout" in {step.op for step in training.steps}


def test_what_was_traced_has_no_original_and_is_one_step() -> None:
    trace_of: Callable[..., nn.Module] = torch.jit.trace
    traced = trace_of(nn.Sequential(nn.Linear(4, 2), nn.ReLU()).eval(), torch.ones(1, 4))
    trace = explain(traced, torch.ones(1, 4))
    assert len(trace.steps) < 6
    assert any("cannot be watched from Python" in note for note in trace.notes)
    assert torch.equal(trace.steps[-1].output, traced(torch.ones(1, 4)))


def test_a_scripted_or_exported_network_of_a_file_is_named_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.fc = nn.Linear(784, 3)\n\n    def forward(self, x):\n        return self.fc(x.flatten(1))\n\n\n"
        "scripted = torch.jit.script(Net())\nexported = torch.export.export(Net(), (torch.rand(1, 1, 28, 28),))\n"
    )
    for name, called in (("scripted", "Net"), ("exported", "exported")):
        trace = explain(f"{tmp_path}/net.py:{name}", torch.rand(1, 28, 28))
        assert trace.network == called
        assert trace.steps[2].name == "fc"
        assert trace["fc"].source is not None
        assert trace["fc"].source.code == "return self.fc(x.flatten(1))"
