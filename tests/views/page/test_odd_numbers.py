"""A page never fails as a whole: volumes, −∞, NaN, inner batches, pictures as outputs; every step opens in Chromium."""

import contextlib
import io
import math
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import expect
from rich.console import Console
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain import explain
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.views import one_number, terminal
from fivebyfive.views.guard import words
from fivebyfive.views.page import html

from .conftest import Open
from .reading import close, fragment, go, number


class Volume(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2, self.fc = nn.Conv3d(1, 4, 3, padding=1), nn.Conv3d(4, 6, (1, 3, 3)), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool3d(F.relu(self.conv1(x)), 2)
        answer: Tensor = self.fc(F.adaptive_avg_pool3d(F.relu(self.conv2(x)), 1).flatten(1))
        return answer


class Causal(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        scores = x[:, 0] @ x[:, 0].transpose(1, 2)
        return scores.masked_fill(torch.ones(8, 8, dtype=torch.bool).triu(1), float("-inf")).softmax(-1)


class Windows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        windows = x.reshape(1, 3, 2, 8, 2, 8).permute(0, 2, 4, 1, 3, 5).reshape(4, 3, 8, 8)
        convolved: Tensor = self.conv(windows)
        return F.max_pool2d(convolved, 2)


class Hybrid(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.l, self.b = nn.Conv2d(3, 6, 4, 4), nn.Linear(6, 6), nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.l(self.a(x).flatten(2).transpose(1, 2))
        mapped: Tensor = self.b(tokens.reshape(1, 5, 8, 6).permute(0, 3, 1, 2).contiguous())
        return mapped


class Segments(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ConvTranspose2d(8, 2, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        up: Tensor = self.up(F.relu(self.down(x)))
        return up


class JoinedBias(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 8))
        self.a, self.b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.w, torch.cat((self.a, self.b)))


class NotNumbers(nn.Module):
    """Infinite in the maps and in a filter; the sums of both are no numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(2, 2, 3), nn.Linear(2, 3)
        with torch.no_grad():
            self.conv.weight[0, 0, 0, 0] = math.inf
            self.conv.weight[0, 1, 0, 0] = -math.inf

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv(x.log())), 2)
        answer: Tensor = self.fc(x.mean((2, 3)))
        return answer


class Kinds(nn.Module):
    """Complex, Boolean, whole and empty values, and one alone."""

    def forward(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.fft2(x)
        bright = x > 0.5
        nothing = x[:, :0]
        answer: Tensor = x.mean((2, 3)) + spectrum.abs().mean() + bright.long().sum() + nothing.sum()
        return answer


class Signal(nn.Module):
    """One dimension, [1, C, L]."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.bn, self.fc = nn.Conv1d(2, 6, 5, stride=2, padding=2), nn.BatchNorm1d(6), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.fc(F.relu(self.bn(self.conv(x))).mean(-1))
        return answer


class Tokens(nn.Module):
    """Whole numbers, an embedding, convolutions over time."""

    def __init__(self) -> None:
        super().__init__()
        self.emb, self.fc = nn.Embedding(50, 16), nn.Linear(24, 2)
        self.convs = nn.ModuleList([nn.Conv1d(16, 8, k) for k in (2, 3, 4)])

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.emb(tokens).transpose(1, 2)
        answer: Tensor = self.fc(torch.cat([F.relu(c(x)).max(2).values for c in self.convs], 1))
        return answer


class LongNames(nn.Module):
    """Modules whose names are 300 characters long, one in the other."""

    def __init__(self) -> None:
        super().__init__()
        inner = nn.Module()
        inner.add_module("i" * 300, nn.Conv2d(1, 2, 3))
        self.add_module("o" * 300, inner)

    def forward(self, x: Tensor) -> Tensor:
        convolved: Tensor = self.get_submodule(f"{'o' * 300}.{'i' * 300}")(x)
        return F.relu(convolved).mean((2, 3))


def wide() -> nn.Module:
    """2,000 channels, of maps and of one pixel each."""
    return nn.Sequential(nn.Conv2d(1, 2000, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Conv2d(2000, 3, 1))


def pixels_alone() -> nn.Module:
    """Maps of one pixel from the first to the last."""
    first = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU())
    return nn.Sequential(first, nn.Conv2d(4, 4, 3, padding=1), nn.MaxPool2d(1), nn.Upsample(scale_factor=1))


class Empty(nn.Module):
    """Nothing goes on, and nothing comes out."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x[:, :, :0]).flatten(1)


class Scalar(nn.Module):
    """One number without a dimension comes out."""

    def forward(self, x: Tensor) -> Tensor:
        return (x * 2).sum()


class Spectrum(nn.Module):
    """Complex numbers come out."""

    def forward(self, x: Tensor) -> Tensor:
        spectrum: Tensor = torch.fft.fft2(x) * 2
        return spectrum


CASES: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = {
    "Volume": (Volume, lambda: torch.rand(1, 1, 6, 12, 12)),
    "Causal": (Causal, lambda: torch.rand(1, 1, 8, 8)),
    "Windows": (Windows, lambda: torch.rand(1, 3, 16, 16)),
    "Hybrid": (Hybrid, lambda: torch.rand(1, 3, 20, 32)),
    "Segments": (Segments, lambda: torch.rand(1, 3, 16, 16)),
    "JoinedBias": (JoinedBias, lambda: torch.rand(1, 8)),
    "NotNumbers": (NotNumbers, lambda: torch.rand(1, 2, 8, 8).round()),
    "Kinds": (Kinds, lambda: torch.rand(1, 3, 6, 6)),
    "Signal": (Signal, lambda: torch.rand(1, 2, 64)),
    "Tokens": (Tokens, lambda: torch.randint(0, 50, (1, 12))),
    "LongNames": (LongNames, lambda: torch.rand(1, 1, 8, 8)),
    "wide": (wide, lambda: torch.rand(1, 1, 6, 6)),
    "pixels_alone": (pixels_alone, lambda: torch.rand(1, 3, 1, 1)),
    "Empty": (Empty, lambda: torch.rand(1, 1, 8, 8)),
    "Scalar": (Scalar, lambda: torch.rand(1, 1, 4, 4)),
    "Spectrum": (Spectrum, lambda: torch.rand(1, 1, 6, 6)),
}


def _trace(name: str) -> Trace:
    torch.manual_seed(0)
    network, image = CASES[name]
    return explain(network().eval(), image())


@pytest.mark.parametrize("name", CASES)
def test_every_view_of_odd_networks_is_written(name: str, tmp_path: Path) -> None:
    trace = _trace(name)
    assert trace.diagram().startswith("<svg")
    assert trace.diagram(detail=True).startswith("<svg")
    trace.to_html(tmp_path / "page.html")
    trace.to_json(tmp_path / "trace.json")
    assert all(sentence and "cannot be shown" not in sentence for step in trace.steps for sentence in words(step))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.exhaustive] if n in ("wide", "LongNames", "JoinedBias") else [])
        for n in CASES
    ],
)
def test_every_step_opens_and_its_number_is_the_steps(name: str, opened: Open, tmp_path: Path) -> None:
    trace = _trace(name)
    path = tmp_path / "page.html"
    path.write_text(html(trace), encoding="utf-8")
    page = opened(path)
    for step in trace.steps:
        if not step.output.numel():
            page.evaluate("hash => { location.hash = hash; }", fragment(step))
            expect(page.locator("#number h3")).to_have_text(f"{step.name} is empty: it has no value to show")
            assert "NaN" not in page.locator("main").inner_text()
            continue
        height, width, channels = step.size
        place = (height // 2, width - 1, channels - 1)
        go(page, step, *place)
        _expect_number(number(page, "total"), step.value(*place))
        if page.locator("#number [data-sum]").count():
            _expect_number(number(page, "sum"), step.value(*place))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.exhaustive), 390])
def test_no_step_is_wider_than_the_screen(name: str, width: int, opened: Open, tmp_path: Path) -> None:
    trace = _trace(name)
    path = tmp_path / "page.html"
    path.write_text(html(trace), encoding="utf-8")
    page = opened(path, width=width)
    for step in trace.steps:
        page.evaluate("hash => { location.hash = hash; }", fragment(step))
        expect(page.locator("#layer [data-layer]")).to_have_text(step.name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, step.name


def _expect_number(shown: float, expected: float) -> None:
    assert (math.isnan(shown) and math.isnan(expected)) or shown == expected or shown == close(expected)


def test_a_step_that_cannot_be_shown_is_named_in_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trace = _trace("Segments")

    def words_of(step: Step) -> list[str]:
        if step.op == "relu":
            raise ArithmeticError("too odd")
        return ["all is well"]

    monkeypatch.setattr(Step, "words", words_of)
    assert [words(step) for step in trace.steps].count(["all is well"]) == len(trace.steps) - 1
    (said,) = words(next(step for step in trace.steps if step.op == "relu"))
    assert said.endswith("(relu) cannot be shown: too odd.")
    trace.to_html(tmp_path / "page.html")


def test_an_answer_that_is_no_number_names_no_class(opened: Open, tmp_path: Path) -> None:
    trace = _trace("NotNumbers")
    assert not trace.prediction
    assert trace.steps[-1].output.isnan().any()
    assert any("NaN" in sentence for sentence in trace.steps[-1].words())
    path = tmp_path / "page.html"
    path.write_text(html(trace), encoding="utf-8")
    page = opened(path)
    assert page.locator("[data-no-answer]").inner_text().endswith("no class is named.")
    assert not page.locator("[data-answer]").count()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("colours", ["truecolor", None])
def test_the_terminal_shows_every_step_and_number(name: str, colours: str | None) -> None:
    trace = _trace(name)
    written = io.StringIO()
    console = Console(file=written, force_terminal=colours is not None, width=100)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        terminal.show(trace, console)
        terminal.show_answer(trace, console)
        for step in trace.steps:
            height, width, channels = step.size
            with contextlib.suppress(InputError):  # a sentence, where an operation has no arithmetic here
                one_number.show_number(trace, step, height - 1, width - 1, channels - 1, console)
    assert ("no class is named" in written.getvalue()) == (name == "NotNumbers")
    assert not {"nan", "inf"} & set(written.getvalue().split())
