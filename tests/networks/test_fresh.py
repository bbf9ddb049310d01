"""A network that nobody trained is told apart from one whose code brings its weights."""

from pathlib import Path

import pytest
import torch
from torch import nn

from fivebyfive.explain import Trace, explain, sources
from fivebyfive.networks.fresh import NEVER_TRAINED

BODY = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {before}
        self.fc = nn.Linear(16, 3)
        {after}

    def forward(self, x):
        return self.fc(x.flatten(1)[:, :16])


net = Net()
"""


@pytest.fixture
def traced(tmp_path: Path) -> "Traced":
    return Traced(tmp_path)


class Traced:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str = "Net", before: str = "", after: str = "") -> Trace:
        path = self.folder / "mynet.py"
        path.write_text(BODY.format(before=before, after=after), encoding="utf-8")
        return explain(f"{path}:{name}", torch.rand(1, 1, 4, 4))


def test_random_weights_are_a_warning(traced: Traced) -> None:
    trace = traced()
    assert [note.startswith(NEVER_TRAINED) for note in trace.warnings] == [True]
    assert trace.warnings[0] in trace.notes


def test_nothing_is_said_where_it_cannot_be_known(traced: Traced) -> None:
    assert not traced(before="torch.manual_seed(0)").warnings
    assert not traced(after="nn.init.constant_(self.fc.weight, 0.5)").warnings
    assert not traced("net").warnings


ONLY_ONCE = """
from torch import nn

def once():
    open(__file__ + ".made", "x").close()
    return nn.Linear(16, 3)

def valueless():
    return nn.Linear(16, 3, device="meta")

def telling():
    print("made")
    return nn.Linear(16, 3)
"""


def test_a_network_that_cannot_be_made_again_or_compared_is_as_good(tmp_path: Path) -> None:
    path = tmp_path / "only_once.py"
    path.write_text(ONLY_ONCE, encoding="utf-8")
    for name in ("once", "valueless"):
        assert isinstance(sources.named(f"{path}:{name}"), nn.Linear)


def test_looking_uses_no_random_number_and_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "only_once.py"
    path.write_text(ONLY_ONCE, encoding="utf-8")
    torch.manual_seed(0)
    nn.Linear(16, 3)
    expected = torch.rand(1)
    torch.manual_seed(0)
    sources.named(f"{path}:telling")
    assert torch.equal(torch.rand(1), expected)
    assert capsys.readouterr() == ("made\n", "")
