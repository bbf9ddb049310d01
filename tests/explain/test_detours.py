"""A value that leaves PyTorch and comes back cuts the trace: a note says so, and only where it is so."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fivebyfive.explain import explain

NOT_FOLLOWED = "what the answer owes to the image on this way is not followed."


class Detour(nn.Module):
    """A network with a mask of its own, that does what it is given with a convolution's maps."""

    def __init__(self, does: Callable[["Detour", Tensor], Any]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.register_buffer("scale", torch.rand(2, 1, 1))
        self.plain = torch.rand(2, 1, 1)
        self.does = does

    def forward(self, x: Tensor) -> Any:
        return self.does(self, self.conv(x))


def _notes(does: Callable[[Detour, Tensor], Any]) -> list[str]:
    torch.manual_seed(0)
    return list(explain(Detour(does), torch.rand(1, 6, 6)).notes)


def _unwatched(net: Detour, y: Tensor) -> Tensor:
    y.mean().item()
    np.abs(y.numpy())
    if float(y.sum()) > math.inf:
        y = y * 2
    return (y * net.get_buffer("scale") + net.plain) * 0.5


BACK: dict[str, Callable[[Detour, Tensor], Any]] = {
    "from_numpy": lambda _, y: y + torch.from_numpy(np.sqrt(np.abs(y.numpy()))),
    "as_tensor of an array": lambda _, y: y * torch.as_tensor(np.asarray(y) * 2),
    "tensor of a list": lambda _, y: y + torch.tensor([row[::-1] for row in y[0, 0].tolist()]),
    "Tensor of an array": lambda _, y: y + torch.Tensor(y.numpy() * 2),
}
READ: dict[str, Callable[[Detour, Tensor], Any]] = {
    "item": lambda _, y: y * y.mean().item(),
    "float": lambda _, y: y - float(y[0, 0, 0, 0]),
}


@pytest.mark.parametrize("name", BACK)
def test_tensors_that_come_back_are_said(name: str) -> None:
    (note,) = _notes(BACK[name])
    assert note.startswith("Values of ")
    assert note.endswith(f"and seem to come back as constants: {NOT_FOLLOWED}")


@pytest.mark.parametrize("name", READ)
def test_a_number_that_comes_back_is_said(name: str) -> None:
    (note,) = _notes(READ[name])
    assert note.startswith("A number is read from ")
    assert note.endswith(f"and comes back as a constant: {NOT_FOLLOWED}")


def test_looking_alone_is_no_detour() -> None:
    assert _notes(_unwatched) == []


def test_what_comes_back_into_nothing_is_no_detour() -> None:
    def prints(_: Detour, y: Tensor) -> Tensor:
        torch.from_numpy(y.numpy() * 2).sum()
        return y.relu()

    assert _notes(prints) == []


def test_an_infinity_that_is_read_is_no_trouble() -> None:
    class Reads(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            largest = float((x / 0).max())
            return x * (2.0 if largest == float("inf") else 3.0)

    trace = explain(Reads(), torch.ones(1, 4))
    assert torch.equal(trace.steps[-1].output, torch.full((1, 4), 2.0))
