"""One call of an operation as a network, and what every step of such a network must hold."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive.explain import Step, Trace, explain
from sums import expect_true, five_places


class Calls(nn.Module):
    """A network that does what it is given."""

    def __init__(self, does: Callable[..., Any]) -> None:
        super().__init__()
        self.does = does

    def forward(self, *x: Tensor) -> Any:
        return self.does(*x)


def numbers(*shape: int, seed: int = 1) -> Tensor:
    """Random numbers in double precision, the same ones each time."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def trace_of(does: Callable[[Tensor], Any], *shape: int, dtype: torch.dtype = torch.float64) -> Trace:
    """What `does` with a batch of one, [1, 3, 8, 8] or of another shape, as a trace."""
    return explain(Calls(does), numbers(*(shape or (1, 3, 8, 8)), seed=3).to(dtype))


def expect_known(trace: Trace, op: str = "") -> Step:
    """Each step has a sum that is its value, words and a finite cost; the last one that is called `op`, or any."""
    found = [step for step in trace.steps if step.kind not in ("input", "output")]
    for step in trace.steps:
        expect_true(step, five_places(step), known=True)
        sentences = step.words()
        assert sentences
        assert all(sentence.endswith((".", ")")) and len(sentence) < 260 for sentence in sentences), sentences
        assert step.kind == "input" or not sentences[0].startswith("The code calls"), (step.op, sentences)
    return next(step for step in reversed(found) if op in ("", step.op))
