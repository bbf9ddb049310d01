"""Networks that articles are written of: the post's, one with skips, one shaped like a U, one that reads rows."""

import pytest
import torch
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive import datasets, load
from fivebyfive.explain import Trace, explain
from fivebyfive.views.post import article
from fivebyfive.views.post.article import Article

PICTURE = "MNIST test image 0 (a 7)"


class Reads(nn.Module):
    """A picture's rows, read one after the other, and looked back at."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(12, 8, batch_first=True)
        self.look = nn.MultiheadAttention(8, 2, batch_first=True)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x, _ = self.lstm(x.squeeze(1))
        x, _ = self.look(x, x, x)
        out: Tensor = self.fc(x[:, -1])
        return out


@pytest.fixture(scope="session")
def traced() -> dict[str, Trace]:
    torch.manual_seed(3)
    some = {name: ARCHITECTURES[name] for name in ("residual", "u-shaped", "convnext", "mixed")}
    return {
        "conv_net": explain(load(), datasets.load("mnist").test.pixels[0], label="7"),
        **{name: explain(one.network(), one.image(), name=name) for name, one in some.items()},
        "reads": explain(Reads().eval(), torch.rand(1, 12, 12)),
    }


@pytest.fixture(scope="session")
def articles(traced: dict[str, Trace]) -> dict[str, Article]:
    return {name: article(trace, PICTURE) for name, trace in traced.items()}
