"""What is no sum is said in a sentence, in the same way whatever asks: algorithms of many passes, and chance."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.kinds import home
from steps import trace_of

PASSES: dict[str, Callable[[Tensor], Any]] = {
    "inverse": lambda x: torch.inverse(x[0]),
    "linalg_inv": lambda x: torch.linalg.inv(x),
    "linalg_solve": lambda x: torch.linalg.solve(x[0], x[0]),
    "linalg_det": lambda x: torch.linalg.det(x),
    "det": lambda x: torch.det(x),
    "linalg_svd": lambda x: torch.linalg.svd(x),
    "linalg_eigh": lambda x: torch.linalg.eigh(x @ x.mT),
    "linalg_eig": lambda x: torch.linalg.eig(x),
    "linalg_qr": lambda x: torch.linalg.qr(x),
    "linalg_cholesky": lambda x: torch.linalg.cholesky(x @ x.mT),
    "matrix_exp": lambda x: torch.matrix_exp(x),
}
DRAWN: dict[str, Callable[[Tensor], Any]] = {
    "bernoulli": lambda x: torch.bernoulli(x.sigmoid()),
    "normal": lambda x: torch.normal(x, 1.0),
    "poisson": lambda x: torch.poisson(x.abs()),
    "multinomial": lambda x: x[0, 0].abs().multinomial(2),
    "gumbel_softmax": lambda x: F.gumbel_softmax(x),
    "fractional_max_pool2d": lambda x: F.fractional_max_pool2d(x, 2, output_size=3),
}


def _sentence(does: Callable[[Tensor], Any], op: str) -> str:
    step = next(step for step in trace_of(does).steps if step.op == op)
    assert step.words()[0].endswith((".", "]."))
    assert not step.words()[0].startswith("The code calls")
    with pytest.raises(InputError) as raised:
        step.arithmetic()
    return str(raised.value)


@pytest.mark.parametrize("op", PASSES)
def test_algorithms_of_many_passes(op: str) -> None:
    assert _sentence(PASSES[op], op).endswith("by an algorithm of many passes; that is no sum to be shown")
    step = next(step for step in trace_of(PASSES[op]).steps if step.op == op)
    assert step.macs is None
    assert "What it costs is not counted." in step.words()


@pytest.mark.parametrize("op", DRAWN)
def test_what_is_drawn(op: str) -> None:
    assert "draws its values at random" in _sentence(DRAWN[op], op)


def test_the_deprecated_way_to_reduce_names_the_other() -> None:
    places = torch.zeros(1, 1, 8, 8, dtype=torch.int64)
    said = _sentence(lambda x: x.scatter(1, places, x + 1, reduce="add"), "scatter")
    assert said.endswith("is scatter with reduce=add; known is only scatter_reduce")


@pytest.mark.parametrize("op", [*PASSES, *DRAWN])
def test_each_has_one_home(op: str) -> None:
    assert home(op) is not None
