"""A kind of step that nobody has, as one more file beside the others, and a network that takes such a step."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.explain import kinds

FILE = '''
"""Halving and turning: a kind of step that nobody has."""

from fivebyfive.explain.kind import Kind
from fivebyfive.explain.sums import function_of
from fivebyfive.explain.terms import same_place


def _sum(step, index, position):
    term = same_place(step, "input", index)
    turned = step.attributes["turn"]
    return function_of(position, (term,), term.value / 2 + turned, "x / 2 + turn")


def _words(step):
    yield f"Every value is halved and turned by {step.attributes['turn']:g}."


KIND = Kind(
    name="halving",
    operations={"halve_and_turn": "input turn"},
    attributes=lambda called: {"turn": called.values["turn"]},
    cost=lambda called, output, learned: 3 * output.numel(),
    sum=_sum,
    words=_words,
    form="halving",
)
'''


@torch.library.custom_op("fivebyfive_tests::halve_and_turn", mutates_args=())
def halve_and_turn(x: Tensor, turn: float) -> Tensor:
    return x / 2 + turn


class Turns(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = torch.ops.fivebyfive_tests.halve_and_turn(self.conv(x), 0.25)
        return result


def _forget() -> None:
    for found in (kinds.homes, kinds.signatures, kinds.aliases):
        found.cache_clear()


@contextmanager
def one_more_kind(folder: Path) -> Iterator[None]:
    """The kinds that there are, and one whose file lies in `folder`."""
    (folder / "made_up.py").write_text(FILE)
    with kinds_of(folder):
        yield


@contextmanager
def kinds_of(folder: Path) -> Iterator[None]:
    """The kinds that there are, and those that lie in `folder` when a kind is first asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "__path__", [*kinds.__path__, str(folder)])
        _forget()
        yield
        for file in folder.glob("*.py"):
            sys.modules.pop(f"{kinds.__name__}.{file.stem}", None)
    _forget()
