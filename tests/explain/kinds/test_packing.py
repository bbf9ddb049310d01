"""Sequences of several lengths, packed and filled up: each value is the one of its sequence, or the padding's."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence, pad_sequence

from fivebyfive.explain import Trace, explain
from layers import expect_sums
from steps import Calls, numbers


def _batch(x: Tensor) -> Tensor:
    return torch.cat([x, x * 2, -x])


LENGTHS = torch.tensor([2, 5, 3])
WAYS: dict[str, Callable[[Tensor], Any]] = {
    "packed": lambda x: pack_padded_sequence(_batch(x), LENGTHS, batch_first=True, enforce_sorted=False),
    "packed, times first": lambda x: pack_padded_sequence(_batch(x).transpose(0, 1), LENGTHS, enforce_sorted=False),
    "packed and filled up again": lambda x: pad_packed_sequence(
        pack_padded_sequence(_batch(x), LENGTHS, batch_first=True, enforce_sorted=False), batch_first=True
    ),
    "filled up with a value": lambda x: pad_packed_sequence(
        pack_sequence([x[0], x[0, :2]]), padding_value=7.0, total_length=8
    ),
    "a list": lambda x: pad_sequence([x[0, :2], x[0], x[0, 1:]], batch_first=True, padding_value=3.0),
    "a list, times first": lambda x: pad_sequence([x[0, :2], x[0]]),
    "a list, filled up in front": lambda x: pad_sequence([x[0, :2], x[0]], batch_first=True, padding_side="left"),
}


def _trace(name: str) -> Trace:
    """Of a sequence of five times with three features."""
    return explain(Calls(lambda x: WAYS[name](x.reshape(1, 5, 3))), numbers(1, 15))


@pytest.mark.parametrize("name", WAYS)
def test_every_value_is_that_of_its_sequence(name: str) -> None:
    trace = _trace(name)
    packing = [step for step in trace.steps if "pack" in step.op or step.op == "pad_sequence"]
    expect_sums(packing)


def test_what_is_said_of_packed_sequences() -> None:
    trace = _trace("packed and filled up again")
    said = {(step.op, step.attributes["part"]): step.words()[0] for step in trace.steps if "pack" in step.op}
    assert said == {
        ("pack_padded_sequence", 0): "3 sequences are laid out time by time, without what fills the shorter ones up.",
        ("pack_padded_sequence", 1): "For each time, how many sequences have one.",
        (
            "pad_packed_sequence",
            0,
        ): "Sequences of several lengths become one tensor: what the shorter ones lack is filled up.",
        ("pad_packed_sequence", 1): "For each sequence, how long it is.",
    }
