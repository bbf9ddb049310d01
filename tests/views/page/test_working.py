"""Every number of networks of today is worked out by the page: attention by hand, windows that move, memory, a U."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import write
from fivebyfive.views.page.structure import form_of

from .conftest import Open
from .reading import go
from .test_numbers import assert_every_number, by_turns

PEOPLE = Path(__file__).parents[2] / "people"


class Shifted(nn.Module):
    """Attention within windows of a map that was moved by half a window, and a mask for what met at the seam."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.norm = nn.Conv2d(1, 8, 4, 4), nn.LayerNorm(8)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        self.table = nn.Parameter(torch.randn(9, 2))
        y, x = torch.arange(4) // 2, torch.arange(4) % 2
        self.places = (y[:, None] - y + 1) * 3 + x[:, None] - x + 1
        self.register_buffer("mask", torch.zeros(4, 1, 4, 4).masked_fill(torch.rand(4, 1, 4, 4) > 0.7, -100.0))

    def forward(self, image: Tensor) -> Tensor:
        x = self.embed(image).permute(0, 2, 3, 1)
        moved = torch.roll(self.norm(x), (-1, -1), (1, 2))
        windows = moved.view(1, 2, 2, 2, 2, 8).permute(0, 1, 3, 2, 4, 5).reshape(4, 4, 8)
        q, k, v = self.qkv(windows).reshape(4, 4, 3, 2, 4).permute(2, 0, 3, 1, 4)
        scores = q * 0.5 @ k.transpose(-2, -1) + self.table[self.places].permute(2, 0, 1) + self.mask
        seen = (scores.softmax(-1) @ v).transpose(1, 2).reshape(4, 4, 8)
        back = self.out(seen).view(1, 2, 2, 2, 2, 8).permute(0, 1, 3, 2, 4, 5).reshape(1, 4, 4, 8)
        answer: Tensor = (x + torch.roll(back, (1, 1), (1, 2))).mean((1, 2))
        return answer


class Read(nn.Module):
    """An LSTM over the rows of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.fc = nn.LSTM(16, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, image: Tensor) -> Tensor:
        read, _ = self.lstm(image[:, 0])
        answer: Tensor = self.fc(F.relu(read[:, -1]))
        return answer


def by_hand() -> Trace:
    spec = importlib.util.spec_from_file_location("vit_by_hand", PEOPLE / "vit_by_hand.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return explain(module.SimpleViT().eval(), torch.rand(1, 28, 28))


def u_net() -> Trace:
    return explain(ARCHITECTURES["u-shaped"].network(), ARCHITECTURES["u-shaped"].image())


NETWORKS: dict[str, Callable[[], Trace]] = {
    "a vision transformer by hand": by_hand,
    "windows that were moved": lambda: explain(Shifted().eval(), torch.rand(1, 1, 16, 16)),
    "an LSTM over rows": lambda: explain(Read().eval(), torch.rand(1, 1, 16, 16)),
    "a U-Net": u_net,
}


@pytest.fixture(scope="module", params=NETWORKS)
def named(request: pytest.FixtureRequest) -> tuple[str, Trace]:
    torch.manual_seed(0)
    return request.param, NETWORKS[request.param]()


def test_every_step_has_a_form_of_its_own(named: tuple[str, Trace]) -> None:
    _, trace = named
    assert {step.op for step in trace.steps if not form_of(step)} == set()


def test_every_number_is_the_steps(named: tuple[str, Trace], tmp_path: Path, opened: Open) -> None:
    _, trace = named
    write(trace, tmp_path / "page.html")
    assert_every_number(by_turns(trace.steps), opened(tmp_path / "page.html"))


def test_every_value_has_its_own_receptive_field(named: tuple[str, Trace], tmp_path: Path, opened: Open) -> None:
    _, trace = named
    write(trace, tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    if trace.image is None:
        return
    for step, (y, x, channel) in by_turns(trace.steps):
        window = step.window(y, x, channel)
        go(page, step, y, x, channel)
        sent = page.locator(".field").evaluate("e => ['y', 'x', 'height', 'width'].map((k) => e.dataset[k])")
        if window is None:
            assert sent == ["", "", "", ""], step.name
        else:
            box = [window.y0, window.x0, window.y1 - window.y0, window.x1 - window.x0]
            assert [int(n) for n in sent] == box, (step.name, y, x, channel)
