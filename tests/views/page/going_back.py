"""Networks whose way back the page shows, and reading its numbers off the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from playwright.sync_api import Page
from torch import Tensor, nn

from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views.titles import title

from .networks import branches
from .reading import fragment

READ = """() => {
    const number = (name) => {
        const found = document.querySelector(name);
        return found && !found.closest("[hidden]") ? Number(found.dataset.value) : null;
    };
    const of = (li) => Object.fromEntries([...li.querySelectorAll("[data-of]")].map((n) =>
        [n.dataset.of, Number(n.dataset.value)]));
    const place = (li) => ({ y: Number(li.dataset.y), x: Number(li.dataset.x), channel: Number(li.dataset.channel) });
    const terms = [...document.querySelectorAll("#way-back li[data-back-term]")];
    const cell = (td) => Number(td.dataset.value);
    const grids = [...document.querySelectorAll("#way-back [data-grid]")];
    return {
        gradient: number("#way-back [data-gradient]"),
        sum: number("#way-back [data-back-sum]"),
        unknown: [...document.querySelectorAll("#way-back [data-back-unknown]")].map((p) => p.dataset.backUnknown),
        terms: terms.map((li) => ({ step: Number(li.dataset.backTerm), ...place(li), ...of(li) })),
        grids: grids.map((table) => [...table.querySelectorAll("td")].map(cell)),
        filters: [...document.querySelectorAll("#way-back [data-back-filter]")].map((n) => Number(n.dataset.value)),
        bias: number("#layer [data-bias-gradient]"),
        weight: {
            at: document.querySelector("#layer [data-weight]")?.dataset.weight.split(" ").map(Number) ?? null,
            sum: number("#layer [data-weight-sum]"),
            value: number("#weight [data-weight-value]"),
            gradient: number("#weight [data-weight-gradient]"),
        },
    };
}"""


@dataclass(frozen=True)
class Goes:
    """A network, its picture, and what the answer should have been."""

    network: Callable[[], nn.Module]
    shape: tuple[int, ...] = (3, 12, 12)
    label: int = 1


class Residual(nn.Module):
    """Strides, padding, dilation, groups, one filter a map, a shortcut, batch norm, and an adaptive mean."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=(2, 1), padding=(1, 2), padding_mode="reflect")
        self.norm = nn.BatchNorm2d(6)
        self.own = nn.Conv2d(6, 12, 3, padding=2, dilation=2, groups=6)
        self.mix = nn.Conv2d(12, 6, 1, groups=2)
        self.up = nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, groups=2)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.stem(x))
        x = x + F.gelu(self.mix(F.relu(self.own(x))))
        x = F.max_pool2d(F.silu(self.up(x)), 3, stride=2, padding=1)
        out: Tensor = self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))
        return out


class Tokens(nn.Module):
    """Attention between places, with layer norm and a softmax within."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = nn.Conv2d(3, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8)
        self.asks = nn.Linear(8, 24)
        self.scale = nn.Linear(8, 8)
        self.whole = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.cut(x).flatten(2).transpose(1, 2)
        q, k, v = self.asks(self.norm(tokens)).reshape(1, 9, 3, 2, 4).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(1, 9, 8)
        tokens = tokens + seen * self.scale(tokens).softmax(-1)
        tokens = tokens + self.whole(tokens, tokens, tokens)[0]
        out: Tensor = self.head(tokens.mean(1))
        return out


def _statistics(network: nn.Module) -> nn.Module:
    """Batch norms as after training."""
    torch.manual_seed(7)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.3)  # type: ignore[arg-type]
            nn.init.uniform_(module.running_var, 0.5, 2)  # type: ignore[arg-type]
            nn.init.normal_(module.weight, 1, 0.5)
    return network.eval()


def _seeded(make: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    def made() -> nn.Module:
        torch.manual_seed(11)
        return _statistics(make())

    return made


NETWORKS = {
    "branches": Goes(branches, (3, 16, 16)),
    "residual": Goes(_seeded(Residual)),
    "batch norm that learns": Goes(lambda: _seeded(Residual)().train()),
    "tokens": Goes(_seeded(Tokens), label=2),
}


def traced(name: str) -> Trace:
    """The trace of one of the networks, with its way back; "conv_net" on a seven, as if it were a four."""
    if name == "conv_net":
        return explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0], label=4)
    goes = NETWORKS[name]
    pixels = torch.from_numpy(np.random.default_rng(2).random(goes.shape, np.float32))
    return explain(goes.network(), pixels, label=goes.label)


def go_back(page: Page, step: Step, y: int = 0, x: int = 0, channel: int = 0) -> dict[str, Any]:
    """Follow a link to one number's way back, and read it."""
    page.evaluate("hash => { location.hash = hash; }", f"{fragment(step, y, x, channel)}&way=back")
    place = f"y {y}, x {x}, channel {channel}" if step.size[:2] != (1, 1) else f"unit {channel}"
    page.wait_for_function(
        "text => document.querySelector('#way-back h3')?.textContent.startsWith(text)", arg=f"{title(step)} at {place}:"
    )
    found: dict[str, Any] = page.evaluate(READ)
    return found
