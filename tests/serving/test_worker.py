"""Whatever a network's output is, it is answered by an envelope or by a sentence."""

import math
from collections.abc import Callable
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.serving.answers import Answers
from fivebyfive.serving.channel import Question
from fivebyfive.serving.worker import answer

ODD: dict[str, Callable[[Tensor], Any]] = {
    "Boolean": lambda y: y > 0,
    "int": lambda y: y.int(),
    "complex": lambda y: y.to(torch.complex64),
    "tuple": lambda y: (y, y),
    "dict": lambda y: {"logits": y},
    "empty": lambda y: y[:, :0],
    "nothing": lambda _: None,
    "number": lambda _: 3,
    "no number": lambda y: y * math.nan,
    "infinite": lambda y: y * math.inf,
    "float8": lambda y: y.to(torch.float8_e4m3fn),
    "sparse": lambda y: y.to_sparse(),
    "meta": lambda y: y.to("meta"),
}


class Odd(nn.Module):
    """Ordinary for its first picture, odd from then on."""

    height, width, channels = 28, 28, 1

    def __init__(self, odd: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 28)
        self.odd: Callable[[Tensor], Any] = lambda y: y
        self.later = odd

    def forward(self, x: Tensor) -> Any:
        return self.odd(self.conv(x).flatten(1))


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_output_is_an_envelope_or_a_sentence(odd: Callable[[Tensor], Any]) -> None:
    network = Odd(odd)
    answers = Answers(network)
    network.odd = network.later
    fields, envelope = answer(answers, Question("mnist", index=1).message(), 2**30, debug=False)
    assert bool(envelope) != bool(fields.get("error"))


def test_the_traceback_of_a_networks_own_mistake_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    class Failing:
        def answer(self, _: Question) -> None:
            raise ZeroDivisionError("\x1b]0;owned\x07 \u202e")

    failing = cast("Answers", Failing())
    assert "error" in answer(failing, Question("mnist", index=1).message(), 2**30, debug=True)[0]
    said = capsys.readouterr().err
    assert r"\x1b]0;owned\x07 \u202e" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
