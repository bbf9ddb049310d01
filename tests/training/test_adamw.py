"""The optimizer of a training takes PyTorch's steps, and leaves PyTorch's compiler where it lies."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from fivebyfive.training.adamw import AdamW

ASKED: dict[str, Any] = {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1}


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


@pytest.mark.parametrize("fused", [False, True])
def test_its_steps_are_pytorchs_and_so_is_its_state(fused: bool) -> None:
    ours, theirs = _network(), _network()
    optimizers: list[torch.optim.Optimizer] = [
        AdamW(ours.parameters(), **ASKED, fused=fused),
        torch.optim.AdamW(theirs.parameters(), **ASKED, fused=fused),
    ]
    for step in range(6):
        x = torch.randn(4, 6, generator=torch.Generator().manual_seed(step))
        for network, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            network(x).square().sum().backward()
            optimizer.step()
        if step == 2:  # what one has kept, the other goes on with
            kept = [copy.deepcopy(optimizer.state_dict()) for optimizer in optimizers]
            for optimizer, state in zip(optimizers, reversed(kept), strict=True):
                optimizer.load_state_dict(state)
        assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_a_step_leaves_no_graph_behind_and_gives_what_its_closure_does() -> None:
    network = _network()
    optimizer = AdamW(network.parameters(), **ASKED)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        with torch.enable_grad():
            found: torch.Tensor = network(torch.ones(2, 6)).square().sum()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    before = loss()
    assert torch.equal(optimizer.step(loss), before)
    assert all(p.grad_fn is None and p.requires_grad for p in network.parameters())
    assert loss() < before


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["classic", "quick"])
def test_a_training_does_not_load_pytorchs_compiler(recipe: str, tmp_path: Path) -> None:
    script = (
        "import sys, fivebyfive\n"
        f"fivebyfive.train('quick', recipe={recipe!r}, samples=60, batch_size=20, out={str(tmp_path / 'run')!r})\n"
        "assert 'torch.optim' in sys.modules\n"
        "assert 'torch._dynamo' not in sys.modules, 'it was loaded'"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
