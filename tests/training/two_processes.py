"""What two processes find that share a batch; see test_distributed.py, which starts them."""

import json
import sys
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from fivebyfive.endings import together
from fivebyfive.group import current
from fivebyfive.training.adamw import AdamW
from fivebyfive.training.batches import Batches
from fivebyfive.training.distributed import Share
from fivebyfive.training.muon import Muon
from fivebyfive.training.spread import over_all

CLASSES, SIZE = 3, 7
divided: list[bool] = []
"""Whether steps were, training after training."""


class Small(nn.Module):
    """A bit of everything: a convolution, normalization with weights and without, and a layer that is never used.

    Its weights stay with their process, as those of all code that is not PyTorch's or the package's do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(2, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.unused = nn.Linear(5, 5)
        self.plain = nn.BatchNorm1d(4 * 16, affine=False, momentum=None)
        self.output = nn.Linear(4 * 16, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.convolution(x)))
        found: Tensor = self.output(self.plain(x.flatten(1)))
        return found


def whole_numbers() -> nn.Module:
    """A network whose gradients on whole numbers are whole: no sum of them is rounded."""
    network = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, CLASSES)).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randint(-3, 4, parameter.shape))
    return network


def gradients(network: nn.Module, share: Share, rows: Tensor, exact: bool) -> list[list[float] | None]:
    """Each parameter's gradient of the mean loss over the whole batch, of which `rows` are this process's."""
    x = torch.randint(-4, 5, (SIZE + exact, 2, 6, 6)).double()
    y = torch.arange(SIZE + exact) % CLASSES
    learner = share.learner(network)
    logits = learner(x[rows])
    mean = logits[torch.arange(len(rows)), y[rows]].mean() if exact else F.cross_entropy(logits, y[rows])
    share.of_whole(mean).backward()  # type: ignore[no-untyped-call]
    share.gather()
    return [None if p.grad is None else p.grad.flatten().tolist() for p in network.parameters()]


def by_adam() -> tuple[nn.Module, Optimizer]:
    """A bit of everything, and AdamW for it."""
    torch.manual_seed(2)
    network = Small().double().train()
    return network, AdamW(network.parameters())


class Bounded(nn.Linear):
    """Writes its own weights, at first to no effect: no row may be longer than 1."""

    def forward(self, x: Tensor) -> Tensor:
        self.weight.data.renorm_(2, 0, 1.0)
        return super().forward(x)


def by_adam_and_itself() -> tuple[nn.Module, Optimizer]:
    """Weights that do not only follow the optimizer."""
    torch.manual_seed(2)
    network = nn.Sequential(nn.Flatten(), Bounded(72, 8), nn.ReLU(), Bounded(8, CLASSES)).double()
    return network, AdamW(network.parameters(), lr=0.05)


def by_adam_together() -> tuple[nn.Module, Optimizer]:
    """PyTorch's own layers, whose weights the processes have in common."""
    torch.manual_seed(2)
    layers = (nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 9), nn.Linear(9, CLASSES))
    network = nn.Sequential(*layers).double()
    return network, AdamW(network.parameters(), fused=True)


def by_muon() -> tuple[nn.Module, Optimizer]:
    """Three layers that Muon learns, and a last one."""
    torch.manual_seed(2)
    layers = (nn.Conv2d(2, 4, 3), nn.Conv2d(4, 6, 3), nn.Flatten(), nn.Linear(24, 8), nn.ReLU(), nn.Linear(8, CLASSES))
    network = nn.Sequential(*layers).double()
    return network, Muon(network, 0.02, 0.9)


def fifty_steps(share: Share, network: nn.Module, optimizer: Optimizer) -> list[list[float]]:
    """The weights after fifty steps, in double precision."""
    learner = share.learner(network)
    x, y = torch.randn(40, 2, 6, 6).double(), torch.arange(40) % CLASSES
    with share.dividing(optimizer):
        for step in range(50):
            rows = Batches(40, SIZE, 5, share.part)[step]
            optimizer.zero_grad()
            share.of_whole(F.cross_entropy(learner(x[rows]), y[rows])).backward()  # type: ignore[no-untyped-call]
            share.gather()
            optimizer.step()
        divided.append(getattr(optimizer, "division", None) is not None)
    return [p.flatten().tolist() for p in network.parameters()]


def main(folder: Path) -> None:
    """Write what this process finds."""
    with together() as group:
        torch.manual_seed(0)
        share = Share(group, SIZE, 5)
        network = Small().double().train()
        document: dict[str, Any] = {
            "gradients": gradients(network, share, Batches(SIZE, SIZE, 5, share.part)[0], False)
        }
        document["buffers"] = {name: value.tolist() for name, value in network.named_buffers()}
        document["fifty"] = fifty_steps(Share(group, SIZE, 5), *by_adam())
        document["together"] = fifty_steps(Share(group, SIZE, 5), *by_adam_together())
        document["bounded"] = fifty_steps(Share(group, SIZE, 5), *by_adam_and_itself())
        document["muon"] = fifty_steps(Share(group, SIZE, 5), *by_muon())
        document["divided"] = divided
        exact = Share(group, SIZE + 1, 5)
        rows = Batches(SIZE + 1, SIZE + 1, 5, exact.part)[0]
        document["exact"] = gradients(whole_numbers(), exact, rows, True)
        with over_all(group):
            document["evaluated"] = network.eval()(torch.ones(1, 2, 6, 6, dtype=torch.float64)).tolist()
        share.begin(3)
        document["random"] = torch.rand(4).tolist()
        document["told"] = group.told({"from": group.rank})
        document["gathered"] = group.gathered("x" * (1 + group.rank))
        document["summed"] = group.summed(1.0, float(group.rank))
        document["any"] = [group.any(False), group.any(group.rank == 1)]
        document["over_all"] = share.over_all(float(group.rank), 1.0)
        assert current() is group
    (folder / f"{group.rank}.json").write_text(json.dumps(document))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
