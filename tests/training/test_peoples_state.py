"""State as people's networks have it: kept through a stop and in the model, to the bit; or one sentence before it."""

from pathlib import Path

import pytest

from fivebyfive import model
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.state import tensors_of
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.run import resume, train
from support import StopAt, weights

HEAD = """
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 16), nn.Linear(16, 10)
"""
KEPT = {
    "dropout by numpy": """
    def forward(self, x):
        x = torch.relu(self.a(x.flatten(1)))
        if self.training:
            x = x * torch.from_numpy((np.random.rand(*x.shape) > 0.5).astype(np.float32)) * 2
        return self.b(x)
""",
    "batch norm with a cumulative mean": """
        self.bn = nn.BatchNorm1d(16, momentum=None)
    def forward(self, x):
        return self.b(torch.relu(self.bn(self.a(x.flatten(1)))))
""",
    "spectral norm": """
        self.a = nn.utils.parametrizations.spectral_norm(self.a)
    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))
""",
    "spectral norm of old": """
        self.a = nn.utils.spectral_norm(self.a)
    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))
""",
    "a moving average in a buffer": """
        self.register_buffer("ema", torch.zeros(16))
        self.register_buffer("seen", torch.tensor(0))
    def forward(self, x):
        x = torch.relu(self.a(x.flatten(1)))
        if self.training:
            with torch.no_grad():
                self.ema.mul_(0.9).add_(x.mean(0), alpha=0.1)
                self.seen += 1
        return self.b(x - self.ema)
""",
    "a buffer that is replaced": """
        self.register_buffer("ema", torch.zeros(16))
    def forward(self, x):
        x = torch.relu(self.a(x.flatten(1)))
        if self.training:
            self.ema = 0.9 * self.ema + 0.1 * x.detach().mean(0)
        return self.b(x - self.ema)
""",
    "a complex buffer": """
        self.register_buffer("wave", torch.exp(1j * torch.arange(16)).to(torch.complex64))
    def forward(self, x):
        return self.b((self.a(x.flatten(1)) * self.wave).abs())
""",
    "a mask of booleans": """
        self.register_buffer("mask", torch.rand(16) > 0.3)
    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))) * self.mask)
""",
    "whole numbers as a parameter": """
        self.order = nn.Parameter(torch.randperm(16), requires_grad=False)
    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1)))[:, self.order])
""",
    "a part that does not learn": """
        for p in self.a.parameters():
            p.requires_grad = False
    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))
""",
    "tied weights": """
        self.c = nn.Linear(16, 16)
        self.d = nn.Linear(16, 16)
        self.d.weight = self.c.weight
    def forward(self, x):
        return self.b(self.d(torch.relu(self.c(torch.relu(self.a(x.flatten(1)))))))
""",
    "a parameter that no gradient reaches": """
        self.unused = nn.Linear(3, 3)
    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))
""",
}
TOLD = {
    "a parameter made in forward": """
    def forward(self, x):
        x = torch.relu(self.a(x.flatten(1)))
        if not hasattr(self, "w"):
            self.w = nn.Parameter(torch.randn(16))
        return self.b(x * self.w)
""",
    "a layer made in forward": """
        self.fc = None
    def forward(self, x):
        x = torch.relu(self.a(x.flatten(1)))
        if self.fc is None:
            self.fc = nn.Linear(16, 16)
        return self.b(self.fc(x))
""",
    "a buffer that is not kept": """
        self.register_buffer("drawn", torch.randn(16), persistent=False)
    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))) * self.drawn)
""",
    "complex numbers of two doubles": """
        self.register_buffer("wave", torch.exp(1j * torch.arange(16).double()))
    def forward(self, x):
        return self.b((self.a(x.flatten(1)) * self.wave).abs().float())
""",
}


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def code(tmp_path: Path, rest: str) -> str:
    (tmp_path / "mynet.py").write_text(HEAD + rest)
    return f"{tmp_path / 'mynet.py'}:Net"


@pytest.mark.parametrize("name", KEPT)
def test_stopped_and_gone_on_with_it_comes_to_the_very_same_state(
    tmp_path: Path, few: Dataset, nine_steps: Recipe, name: str
) -> None:
    network = code(tmp_path, KEPT[name])
    whole = train(network, few, nine_steps, seed=3, out=tmp_path / "whole")
    for step in (1, 5):
        place = tmp_path / f"cut-{step}"
        train(network, few, nine_steps, seed=3, out=place, reporter=StopAt(step))
        assert resume(place, data=few).finished
        assert weights(place) == weights(tmp_path / "whole")
    loaded = tensors_of(model.load(tmp_path / "whole").network)
    own = tensors_of(whole.model.network)
    assert loaded.keys() == own.keys()
    assert all(loaded[key].equal(own[key]) and loaded[key].dtype == own[key].dtype for key in own)


@pytest.mark.parametrize("name", TOLD)
def test_what_cannot_be_kept_is_told_before_the_first_step(
    tmp_path: Path, few: Dataset, nine_steps: Recipe, name: str
) -> None:
    with pytest.raises(InputError) as told:
        train(code(tmp_path, TOLD[name]), few, nine_steps, out=tmp_path / "run")
    assert "\n" not in str(told.value)
    assert "unexpected" not in str(told.value).lower()
    assert not (tmp_path / "run").exists()
