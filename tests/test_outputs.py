"""What a network ends in is found by looking at what it gives, and every end means the same answer."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from fivebyfive.outputs import KINDS, LOG_PROBABILITIES, LOGITS, PROBABILITIES, YES_OR_NO, as_logits, kind_of

ENDS = {
    LOGITS: nn.Identity(),
    LOG_PROBABILITIES: nn.LogSoftmax(dim=1),
    PROBABILITIES: nn.Softmax(dim=1),
    YES_OR_NO: nn.Sigmoid(),
}


def some_logits(seed: int, pictures: int = 32, classes: int = 10) -> Tensor:
    return torch.randn(pictures, classes, generator=torch.Generator().manual_seed(seed)).requires_grad_()


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**31), classes=st.integers(2, 40), dtype=st.sampled_from([torch.float32, torch.float64]))
def test_each_end_is_recognized(kind: str, seed: int, classes: int, dtype: torch.dtype) -> None:
    assert kind_of(ENDS[kind](some_logits(seed, classes=classes).to(dtype))) == kind


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**31))
def test_every_end_gives_the_same_answer(kind: str, seed: int) -> None:
    logits = some_logits(seed)
    answer = as_logits(ENDS[kind](logits), kind).softmax(1)
    torch.testing.assert_close(answer, logits.softmax(1), atol=1e-5, rtol=1e-4)


def test_the_loss_of_a_network_that_ends_in_softmax_is_that_of_its_logits() -> None:
    logits, labels = some_logits(0), torch.arange(32) % 10
    through = F.cross_entropy(as_logits(logits.softmax(1), PROBABILITIES), labels)
    plain = F.cross_entropy(logits, labels)
    torch.testing.assert_close(through, plain)
    wanted, found = (torch.autograd.grad(loss, logits)[0] for loss in (plain, through))
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("kind", [PROBABILITIES, YES_OR_NO])
def test_certainty_stays_a_number(kind: str) -> None:
    sure = torch.eye(3)
    assert as_logits(sure, kind).softmax(1).argmax(1).tolist() == [0, 1, 2]
    assert as_logits(sure, kind).isfinite().all()


@pytest.mark.parametrize(
    "outputs",
    [
        torch.full((4, 3), float("nan")),
        torch.zeros(4, 3),
        torch.rand(4, 3, generator=torch.Generator().manual_seed(0)),  # between 0 and 1, and no sigmoid was seen
        torch.zeros(0, 3),
        torch.zeros(3),
    ],
)
def test_what_is_none_of_these_is_taken_for_logits(outputs: Tensor) -> None:
    assert kind_of(outputs) == LOGITS
    assert as_logits(outputs, LOGITS) is outputs
