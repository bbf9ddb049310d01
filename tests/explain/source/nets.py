"""Code whose lines are looked for, and how a trace is asked for them."""

import io
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import nn

from fivebyfive.explain import Trace, explain
from fivebyfive.views.terminal import show
from support import load_network

IMAGE = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(3))

NET = """\
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=3)
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = x.mean(dim=(2, 3))
        return self.fc(x)
"""
LINES = {
    "input": "def forward(self, x):",
    "conv1": "x = F.relu(self.conv1(x))",
    "x.relu": "x = F.relu(self.conv1(x))",
    "x.mean": "x = x.mean(dim=(2, 3))",
    "fc": "return self.fc(x)",
    "output": "return self.fc(x)",
}
MADE = "self.conv1 = nn.Conv2d(1, 4, kernel_size=3)"


def lines_of(trace: Trace) -> dict[str, str | None]:
    return {step.name: None if step.source is None else step.source.code for step in trace.steps}


def views_of(trace: Trace, folder: Path) -> str:
    """Every view of it; the terminal's text."""
    console = Console(file=io.StringIO(), width=140, no_color=True)
    show(trace, console, "a picture")
    trace.to_html(folder / "page.html")
    trace.to_json(folder / "trace.json")
    trace.diagram()
    trace.diagram(detail=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def net_of(text: str, file: str, name: str = "Net", module: str = "__main__") -> nn.Module:
    """The network of a text that is run without a file."""
    space: dict[str, Any] = {"__name__": module}
    exec(compile(text, file, "exec"), space)
    network: nn.Module = space[name]()
    return network


WRITTEN = """\
import functools
import torch
import torch.nn as nn
import torch.nn.functional as F


def timed(f):
    @functools.wraps(f)
    def wrapper(self, *args, **kwargs):
        result = f(self, *args, **kwargs)
        return result
    return wrapper


def plain(f):
    def inner(*args):
        out = f(*args)
        return out
    return inner


class Lambdas(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)
        self.pool = lambda t: F.max_pool2d(t, 2)

    def forward(self, x):
        act = lambda t: F.relu(t) * 2
        x = act(self.conv(x))
        x = self.pool(x)
        x = act(x)
        for f in [torch.tanh, lambda t: t.exp()]:
            x = f(x)
        return x.mean((2, 3))


class Recursive(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)

    def forward(self, x, depth=2):
        x = self.conv(x)
        if depth:
            return self(x, depth - 1)
        return x.mean((2, 3))


class Walk(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)

    def walk(self, x, n):
        if n == 0:
            return x.tanh()
        x = self.conv(x)
        return self.walk(x, n - 1)

    def forward(self, x):
        x = self.walk(x, 3)
        return x.mean((2, 3))


class Decorated(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    @timed
    @plain
    @torch.no_grad()
    @torch.autocast("cpu", enabled=False)
    def forward(self, x):
        y = self.conv(x)
        return y.mean((2, 3))


class Statements(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(2):
            setattr(self, f"conv{i}", nn.Conv2d(1, 1, 3))
        self.add_module("last", nn.Conv2d(1, 1, 3))

    def parts(self, x):
        for i in range(2):
            x = getattr(self, f"conv{i}")(x)
            yield x

    def forward(self, x):
        a = x.relu(); b = x.tanh()
        c = a \\
            + b
        d = torch.cat([
            c.exp(),
            c.neg(),
        ])[:1]
        if (e := d.abs()).dim() == 4:
            d = e.sqrt()
        for part in self.parts(d):
            f = part.sigmoid()
        match f.dim():
            case 4 if f.amax() > 0:
                g = self.last(f)
            case _:
                g = f
        name = f"{g.amin():.2f}"
        h = sum(t.square() for t in [g, g])
        return h.mean((2, 3))
"""


def explained(file: Path, name: str) -> Trace:
    torch.manual_seed(0)
    return explain(load_network(f"{file}:{name}").eval(), IMAGE)
