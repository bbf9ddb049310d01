"""A layer shows the line that made it, however lists and loops gathered it."""

from pathlib import Path

import pytest
from torch import nn

from fivebyfive.explain import Trace, explain
from support import load_network

from .nets import IMAGE, lines_of

GATHERED = """
import torch.nn as nn

cfg = [4, "M", 6, "M"]


def block(a, b):
    return nn.Sequential(
        nn.Conv2d(a, b, 3, padding=1),
        nn.ReLU(),
    )


def stack(act=nn.ReLU):
    layers = [nn.Flatten()]
    for i in range(2):
        layers += [nn.Linear(784 if i == 0 else 8, 8), act()]
    layers.append(nn.Linear(8, 10))
    return nn.Sequential(*layers)


def first(n):
    return n


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = self.make_layers()
        self.more = nn.ModuleList([block(6, 6) for _ in range(2)])
        either = [nn.Linear(6, 6) if first(i) else nn.Linear(6, 6, bias=False) for i in range(2)]
        self.either = nn.Sequential(*either)
        self.fc = nn.Linear(6, 10)

    def make_layers(self):
        layers, channels = [], 1
        layers = []
        for x in cfg:
            if x == "M":
                layers += [nn.MaxPool2d(2)]
            else:
                layers.append(nn.Conv2d(channels, x, 3, padding=1))
                layers.append(nn.ReLU())
                channels = x
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.features(x)
        for part in self.more:
            x = part(x)
        return self.fc(self.either(x.mean((2, 3))))
"""

OTHERS = """
import torch.nn as nn


def like(layers):
    return nn.Sequential(*layers)


model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
"""


@pytest.fixture
def gathered(tmp_path: Path) -> Path:
    file = tmp_path / "gathered.py"
    file.write_text(GATHERED)
    return file


def made_of(trace: Trace) -> dict[str, str]:
    return {step.name: step.definition.code for step in trace.steps if step.definition}


def test_a_layer_of_a_sequential_that_a_function_gathered_shows_the_line_that_made_it(gathered: Path) -> None:
    trace = explain(load_network(f"{gathered}:stack"), IMAGE)
    repeated = "layers += [nn.Linear(784 if i == 0 else 8, 8), act()]"
    wanted = ["layers = [nn.Flatten()]", *[repeated] * 4, "layers.append(nn.Linear(8, 10))"]
    assert made_of(trace) == {str(i): code for i, code in enumerate(wanted)}
    assert [step.source and step.source.code for step in trace.steps[1:-1]] == wanted


def test_a_layer_that_a_method_gathered_under_conditions_shows_the_line_that_made_it(gathered: Path) -> None:
    made = made_of(explain(load_network(f"{gathered}:Net"), IMAGE))
    assert made["features.0"] == made["features.3"] == "layers.append(nn.Conv2d(channels, x, 3, padding=1))"
    assert made["features.4"] == "layers.append(nn.ReLU())"
    assert made["features.5"] == "layers += [nn.MaxPool2d(2)]"
    assert made["more.1.0"] == "nn.Conv2d(a, b, 3, padding=1),"
    assert made["more.1.1"] == "nn.ReLU(),"


def test_a_layer_that_either_of_two_expressions_may_have_made_shows_where_they_were_put_together(
    gathered: Path,
) -> None:
    made = made_of(explain(load_network(f"{gathered}:Net"), IMAGE))
    assert made["either.0"] == "self.either = nn.Sequential(*either)"


def test_a_sequential_is_found_in_its_own_file_whatever_others_were_loaded(gathered: Path, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHERS)
    network = load_network(f"{gathered}:stack")
    load_network(f"{tmp_path / 'other.py'}:model")
    files = {step.source.file for step in explain(network, IMAGE).steps if step.source}
    assert files == {str(gathered)}


def test_a_sequential_that_is_built_in_a_loop_shows_the_line_that_makes_it() -> None:
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [nn.Conv2d(1, 1, 3), nn.ReLU()]  # of a loop
    network = nn.Sequential(*layers)
    assert (lines_of(explain(network, IMAGE))["2"] or "").endswith("# of a loop")


def test_an_ordered_dictionary_shows_each_entry() -> None:
    from collections import OrderedDict

    network = nn.Sequential(
        OrderedDict(
            [
                ("first", nn.Conv2d(1, 2, 5)),
                ("act", nn.Hardswish()),
            ]
        )
    )
    lines = lines_of(explain(network, IMAGE))
    assert (lines["first"], lines["act"]) == ('("first", nn.Conv2d(1, 2, 5)),', '("act", nn.Hardswish()),')
